import type { Rule } from './rule.ts';
import { annotations } from './rules/annotations.ts';
import { architecture } from './rules/architecture.ts';
import { controlFlow } from './rules/control-flow.ts';
import { deletedFiles } from './rules/deleted-files.ts';
import { fortify } from './rules/fortify.ts';
import { healthcheck } from './rules/healthcheck.ts';
import { licenceTexts } from './rules/licence-texts.ts';
import { noLatest } from './rules/no-latest.ts';
import { noSecret } from './rules/no-secret.ts';
import { nonRoot } from './rules/non-root.ts';
import { nxStack } from './rules/nx-stack.ts';
import { packageCaches } from './rules/package-caches.ts';
import { pie } from './rules/pie.ts';
import { relro } from './rules/relro.ts';
import { setuid } from './rules/setuid.ts';
import { sharedLibraries } from './rules/shared-libraries.ts';
import { stackProtector } from './rules/stack-protector.ts';
import { stopSignal } from './rules/stop-signal.ts';
import { stripped } from './rules/stripped.ts';
import { testsPresent } from './rules/tests-present.ts';
import { upstreamFirst } from './rules/upstream-first.ts';
import { versionInUrls } from './rules/version-in-urls.ts';
import { versionTested } from './rules/version-tested.ts';
import { worldWritable } from './rules/world-writable.ts';

/** All rules. */
export const RULES: readonly Rule[] = [
  upstreamFirst,
  noLatest,
  testsPresent,
  versionInUrls,
  versionTested,
  noSecret,
  nonRoot,
  stopSignal,
  healthcheck,
  annotations,
  licenceTexts,
  packageCaches,
  deletedFiles,
  worldWritable,
  setuid,
  architecture,
  sharedLibraries,
  pie,
  relro,
  nxStack,
  stackProtector,
  fortify,
  controlFlow,
  stripped,
];

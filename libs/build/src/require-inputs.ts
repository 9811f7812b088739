import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { type BuildUse, type MissingInput, missingInputs } from '@dockyard/project';
import { requireProject } from './parents.ts';

/** One build of a definition. */
export interface NamedBuild {
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  readonly use: BuildUse;
  /** OCI platform. */
  readonly platform: string;
}

/**
 * Makes sure that all which a person has to write before some builds can work is there: package locks, digests of sources.
 *
 * @param workspace absolute path of the workspace root.
 * @param builds which builds; what is missing is told for all of them at once.
 * @throws UserError naming everything that is missing, and the commands that write it.
 */
export function requireInputs(workspace: string, builds: readonly NamedBuild[]): void {
  const missing = builds.flatMap(({ root, use, platform }) =>
    missingInputs(requireProject(workspace, root), use, platform, (path) => existsSync(join(workspace, path))),
  );
  if (missing.length > 0) throw missingError(missing);
}

function missingError(missing: readonly MissingInput[]): UserError {
  // Variants share locks and sources, and platforms sources.
  const lines = missing.map((one) =>
    one.kind === 'lock'
      ? `${one.file}: this package lock is missing.`
      : `${one.file}: the digest of ${one.source} is not known yet: it is all zeros.`,
  );
  const first = missing.filter((_, i) => lines.indexOf(lines[i] ?? '') === i);
  const projects = first.filter(({ kind }) => kind === 'lock').map(({ project }) => project);
  const files = first.filter(({ kind }) => kind === 'digest').map(({ file }) => file);
  const commands = [
    ...(projects.length > 0 ? [`npm run lock ${[...new Set(projects)].join(' ')}`] : []),
    ...[...new Set(files)].map((file) => `npm run sources -- --update ${file}`),
  ];
  return new UserError([...new Set(lines)].join('\n'), { hint: `Run: ${commands.join(' && ')}` });
}

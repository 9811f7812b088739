import { recordModes } from '@dockyard/checkout';
import { archSuffix, projectName } from '@dockyard/definition';
import { didYouMean } from '@dockyard/diagnostic';
import { exec, UserError } from '@dockyard/exec';
import { findDefinitions, readProject } from '@dockyard/project';
import { dirname } from 'node:path';
import { requestedPart } from './requested-target.ts';

/**
 * Before Nx hashes tasks: refuses a target that an image hasn't got and that Nx would read as another, and notes the modes and links of files, which
 * Nx doesn't hash and its daemon doesn't watch.
 *
 * @param workspaceRoot absolute path of the workspace root.
 * @param argv of Nx's process.
 * @throws {UserError} an image has no such target, with those it has; git refuses the checkout. Nx prints the message alone, so the hint is part
 *   of it.
 */
export async function beforeTasks(workspaceRoot: string, argv: readonly string[]): Promise<void> {
  refuseUnknownTarget(workspaceRoot, argv);
  try {
    await recordModes(exec, workspaceRoot);
  } catch (error) {
    if (!(error instanceof UserError) || error.hint === undefined) throw error;
    throw new UserError(`${error.message}\n→ ${error.hint}`, { cause: error });
  }
}

function refuseUnknownTarget(workspaceRoot: string, argv: readonly string[]): void {
  const asked = requestedPart(argv);
  if (asked === undefined) return;
  const { project, target } = asked;
  const file = findDefinitions(workspaceRoot).find((path) => projectName(dirname(path)) === project);
  const read = file === undefined ? undefined : readProject(workspaceRoot, file);
  if (read?.ok !== true) return;
  const whole = target.split(':')[0] ?? target;
  const platforms = whole === 'image' ? read.value.definition.platforms : [];
  const known = [whole, ...platforms.map((platform) => `${whole}:${archSuffix(platform)}`)];
  if (known.includes(target)) return;
  const meant = didYouMean(target, known.slice(1));
  throw new UserError(
    `${project} has no target ${target}.${meant === undefined ? '' : ` Did you mean ${meant}?`}\nThere is: ${known.map((name) => `${project}:${name}`).join(', ')}`,
  );
}

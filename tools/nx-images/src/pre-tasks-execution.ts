import { recordModes } from '@dockyard/checkout';
import { exec, UserError } from '@dockyard/exec';

/**
 * Before Nx hashes tasks: notes the modes and links of files, which it doesn't hash and its daemon doesn't watch.
 *
 * @param workspaceRoot absolute path of the workspace root.
 * @throws {UserError} git refuses the checkout. Nx prints the message alone, so the hint is part of it.
 */
export async function recordWorkspaceModes(workspaceRoot: string): Promise<void> {
  try {
    await recordModes(exec, workspaceRoot);
  } catch (error) {
    if (!(error instanceof UserError) || error.hint === undefined) throw error;
    throw new UserError(`${error.message}\n→ ${error.hint}`, { cause: error });
  }
}

import { recordModes } from '@dockyard/checkout';
import { exec } from '@dockyard/exec';

/**
 * Before Nx hashes tasks: notes the modes and links of files, which it doesn't hash and its daemon doesn't watch.
 *
 * @param workspaceRoot absolute path of the workspace root.
 */
export function recordWorkspaceModes(workspaceRoot: string): Promise<void> {
  return recordModes(exec, workspaceRoot);
}

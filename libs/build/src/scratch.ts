import { UserError, withOwnedDirectory } from '@dockyard/exec';
import { scratchFolder } from '@dockyard/project';

/**
 * Gives a function a fresh folder below the workspace's scratch folder and removes it afterwards, whatever happened; what
 * processes that were killed have left there goes too.
 *
 * @param workspace absolute path of the workspace root.
 * @param prefix start of its name.
 * @param fn what uses it.
 * @returns what `fn` returned.
 * @throws UserError where the disk is full; whatever else `fn` throws.
 */
export async function withScratch<T>(workspace: string, prefix: string, fn: (dir: string) => Promise<T>): Promise<T> {
  const folder = scratchFolder(workspace);
  try {
    return await withOwnedDirectory(folder, prefix, fn);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')))
      throw error;
    throw new UserError(`No space is left on the disk: ${error.message}`, {
      hint: `Free space on the file system of ${folder} and run it again.`,
      cause: error,
    });
  }
}

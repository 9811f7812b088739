import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { checkFileNames } from './names.ts';

/**
 * Puts verified sources into a folder that becomes a build context: copies, which share their blocks where the file system can do that,
 * and never the file itself, which other builds take for verified. Mode 0644, times as in the store, names as the definition gives
 * them; what is there under such a name is replaced.
 *
 * @param files path in the store by name, as {@link fetchSources} returns it
 * @param dir the folder; made when missing
 * @throws {UserError} a name isn't a plain file name, or a file can't be put there
 */
export async function stageSources(files: ReadonlyMap<string, string>, dir: string): Promise<void> {
  checkFileNames(files.keys());
  await mkdir(dir, { recursive: true });
  for (const [name, from] of files) {
    const to = join(dir, name);
    try {
      await copy(from, to);
    } catch (error) {
      throw new UserError(`${name} can't be put into ${dir}: ${(error as Error).message}`, { cause: error });
    }
  }
}

async function copy(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
    await chmod(to, 0o644);
    const { atime, mtime } = await stat(from);
    await utimes(to, atime, mtime);
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  }
}

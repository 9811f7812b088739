import { chmod, copyFile, link, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { codeOf } from './error-code.ts';
import { checkFileNames } from './names.ts';

/**
 * Puts verified sources into a folder that becomes a build context: hard links, or copies where the store lies on another
 * file system. Mode 0644, names as the definition gives them; what is there under such a name is replaced.
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
      await rm(to, { force: true });
      await link(from, to).catch((error: unknown) => {
        if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
        return copy(from, to);
      });
      await chmod(to, 0o644);
    } catch (error) {
      throw new UserError(`${name} can't be put into ${dir}: ${(error as Error).message}`, { cause: error });
    }
  }
}

async function copy(from: string, to: string): Promise<void> {
  const temporary = `${to}.part`;
  try {
    await copyFile(from, temporary);
    await rename(temporary, to);
  } finally {
    await rm(temporary, { force: true });
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

function sibling(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
}

/**
 * Writes a file so that readers see the old or the new content, never a part; makes missing folders.
 *
 * @param path the file
 * @param data its whole content; text is written as UTF-8
 * @throws {NodeJS.ErrnoException} it can't be written; nothing is left behind
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = sibling(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Gives a function a fresh folder and removes it afterwards, whatever happened.
 *
 * @param parent where the folder is made (made itself when missing), so that it lies on the file system of what it becomes
 * @param prefix start of its name
 * @param fn what uses it
 * @returns what `fn` returned
 */
export async function withTemporaryDirectory<T>(
  parent: string,
  prefix: string,
  fn: (dir: string) => Promise<T>,
): Promise<T> {
  await mkdir(parent, { recursive: true });
  const dir = await mkdtemp(join(parent, prefix));
  try {
    return await fn(dir);
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Puts a folder in place of another: readers see the old or the new one, or for a moment none, never a mixture.
 *
 * @param from the new folder; gone from there afterwards
 * @param to where it goes, on the same file system; may be absent
 * @throws {NodeJS.ErrnoException} it can't be moved; `to` is then as it was
 */
export async function replaceDirectory(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const old = sibling(to);
  const hadOld = await rename(to, old).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(from, to);
  } catch (error) {
    if (hadOld) await rename(old, to);
    throw error;
  }
  if (hadOld) await rm(old, { recursive: true, force: true, maxRetries: 3 });
}

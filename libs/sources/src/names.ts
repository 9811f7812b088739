import { UserError } from '@dockyard/exec';

/**
 * Checks that a name is one path component that any file system takes and that can't lead out of a folder.
 *
 * @param name as the definition gives it
 * @throws {UserError} it isn't
 */
export function checkFileName(name: string): void {
  const bad = name === '.' || name === '..' || name.length > 200 || !/^[^/\\\p{Cc}]+$/u.test(name);
  if (bad)
    throw new UserError(`${JSON.stringify(name)} can't be the name of a source file: it must be a plain file name.`, {
      hint: 'Use a name without folders, such as "redis.tar.gz".',
    });
}

/**
 * Checks the names of files that come into one folder.
 *
 * @throws {UserError} one isn't a plain name, or two are the same
 */
export function checkFileNames(names: Iterable<string>): void {
  const seen = new Set<string>();
  for (const name of names) {
    checkFileName(name);
    if (seen.has(name)) throw new UserError(`Two sources have the name ${name}.`, { hint: 'Rename one of them.' });
    seen.add(name);
  }
}

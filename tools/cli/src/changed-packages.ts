import { type Exec, git as runGit } from '@dockyard/exec';
import { type ChangedLock, compareLocks, type PackageChange, parseLock } from '@dockyard/sources';

/**
 * Tells which locked Debian packages a change brings, takes away or replaces.
 *
 * @param exec runs git
 * @param workspace absolute path of the checkout
 * @param base commit before the change
 * @param head commit with it
 * @returns as {@link compareLocks} gives them; a lock that the change deletes tells nothing
 */
export async function changedPackages(
  exec: Exec,
  workspace: string,
  base: string,
  head: string,
): Promise<PackageChange[]> {
  const git = async (...args: readonly string[]): Promise<string> => (await runGit(exec, workspace, args)).stdout;
  const options = ['-r', '-z', '--relative', '--no-renames', '--diff-filter=AM', '--raw', '--no-abbrev'];
  const changes = (await git('diff-tree', ...options, base, head, '--', ':(glob)images/**/packages/*.json')).split(
    '\0',
  );
  const locks: ChangedLock[] = [];
  for (let i = 0; i + 1 < changes.length; i += 2) {
    // `:<mode> <mode> <object> <object> A`, then the path.
    const [, , before = '', after = '', status] = (changes[i] ?? '').split(' ');
    const file = changes[i + 1] ?? '';
    locks.push({
      file,
      before: status === 'A' ? undefined : parseLock(await git('cat-file', 'blob', before), file),
      after: parseLock(await git('cat-file', 'blob', after), file),
    });
  }
  return compareLocks(locks);
}

/**
 * Writes package changes as a list, for a merge request's note.
 *
 * @returns Markdown; nothing where there are none
 */
export function renderPackages(changes: readonly PackageChange[]): string {
  if (changes.length === 0) return '';
  const lines = changes.map(({ name, before, after, files }) => {
    const versions =
      before === undefined
        ? `added, ${after ?? ''}`
        : after === undefined
          ? `removed, ${before}`
          : `${before} → ${after}`;
    return `- \`${name}\` ${versions} (${files.map((file) => `\`${file}\``).join(', ')})`;
  });
  return `\n### Debian packages\n\n${lines.join('\n')}\n`;
}

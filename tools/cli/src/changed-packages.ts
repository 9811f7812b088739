import { type Exec } from '@dockyard/exec';
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
  const git = (...args: readonly string[]) => exec({ command: 'git', args, cwd: workspace }, { reject: false });
  const paths = ['--', ':(glob)images/**/packages/*.json'];
  const { stdout } = await git('diff', '--name-only', '--no-renames', '--diff-filter=AM', base, head, ...paths);
  const locks: ChangedLock[] = [];
  for (const file of stdout.split('\n').filter((line) => line !== '')) {
    const [before, after] = [await git('show', `${base}:${file}`), await git('show', `${head}:${file}`)];
    locks.push({
      file,
      before: before.exitCode === 0 ? parseLock(before.stdout, file) : undefined,
      after: parseLock(after.stdout, file),
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

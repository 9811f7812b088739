import { type Exec, UserError } from '@dockyard/exec';

/**
 * Tells of two commits whether one is behind the other. A checkout of CI ends where its own pipeline began, so a commit that it doesn't have
 * may well be a newer one: it is fetched before anything is said of it.
 *
 * @param exec runs git
 * @param workspace absolute path of the checkout
 * @returns whether the first commit is an ancestor of the second, or the same; false where one of them is in no history any more. It throws a
 *   UserError where that can't be told because fetching fails.
 */
export function ancestry(exec: Exec, workspace: string): (commit: string, of: string) => Promise<boolean> {
  const git = (...args: string[]) =>
    exec({ command: 'git', args, cwd: workspace, env: { GIT_TERMINAL_PROMPT: '0' } }, { reject: false });
  let fetched: Promise<void> | undefined;
  const fetchAll = async (): Promise<void> => {
    if (!(await git('remote')).stdout.split('\n').includes('origin')) return;
    const shallow = (await git('rev-parse', '--is-shallow-repository')).stdout.trim() === 'true';
    const { exitCode, stderr } = await git('fetch', '--quiet', ...(shallow ? ['--unshallow'] : []), 'origin');
    if (exitCode !== 0)
      // A job's remote holds its token.
      throw new UserError(
        `What is published comes from a commit that this checkout lacks, and git fetch fails: ${stderr.replaceAll(/\/\/[^/@\s]*@/g, '//')}`,
        { hint: 'Without it nobody can tell which one is newer. Publish again once the repository can be reached.' },
      );
  };
  return async (commit, of) => {
    const { exitCode } = await git('merge-base', '--is-ancestor', commit, of);
    if (exitCode === 0) return true;
    const shallow = (await git('rev-parse', '--is-shallow-repository')).stdout.trim() === 'true';
    // 1: both are known, and it isn't; but history that was cut off proves nothing.
    if (exitCode === 1 && !shallow) return false;
    await (fetched ??= fetchAll());
    return (await git('merge-base', '--is-ancestor', commit, of)).exitCode === 0;
  };
}

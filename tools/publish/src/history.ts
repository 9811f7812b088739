import { type Exec, git as runGit, type GitOptions, UserError } from '@dockyard/exec';

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
  const git = (args: readonly string[], options?: GitOptions) => runGit(exec, workspace, args, options);
  const says = async (...args: string[]): Promise<boolean> => (await git(args, { answers: [0, 1] })).exitCode === 0;
  const isKnown = (commit: string): Promise<boolean> =>
    says('rev-parse', '--verify', '--quiet', '--end-of-options', `${commit}^{commit}`);
  const isShallow = async (): Promise<boolean> =>
    (await git(['rev-parse', '--is-shallow-repository'])).stdout === 'true';
  let fetched: Promise<void> | undefined;
  const fetchAll = async (): Promise<void> => {
    if (!(await says('config', '--get', 'remote.origin.url'))) return;
    await git(['fetch', '--quiet', ...((await isShallow()) ? ['--unshallow'] : []), 'origin']).catch(
      (error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(
          `What is published comes from a commit that this checkout lacks, and it can't be fetched: ${error.message}`,
          { hint: 'Without it nobody can tell which one is newer. Publish again once the repository can be reached.' },
        );
      },
    );
  };
  const isAncestor = async (commit: string, of: string): Promise<boolean | undefined> =>
    (await isKnown(commit)) && (await isKnown(of)) ? says('merge-base', '--is-ancestor', commit, of) : undefined;
  return async (commit, of) => {
    const known = await isAncestor(commit, of);
    // History that was cut off proves nothing.
    if (known === true || (known === false && !(await isShallow()))) return known;
    await (fetched ??= fetchAll());
    return (await isAncestor(commit, of)) === true;
  };
}

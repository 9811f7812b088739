import { isCommitId } from '@dockyard/checkout';
import { type Exec, git as runGit, type GitOptions, UserError } from '@dockyard/exec';

/** What the history of a repository tells of commits. */
export interface History {
  /**
   * Whether the first commit is an ancestor of the second, or the same; false where one of them is in no history any more.
   *
   * @throws {UserError} fetching fails, so that can't be told
   */
  readonly isAncestor: (commit: string, of: string) => Promise<boolean>;
  /**
   * Whether a commit is on the default branch, as the remote has it now. A note in a registry that names another one was written by somebody
   * who can't merge. Where there is no remote, this checkout is the repository, and what it knows counts.
   *
   * @throws {UserError} fetching fails, so that can't be told
   */
  readonly isMerged: (commit: string) => Promise<boolean>;
}

/**
 * Asks git about commits. A checkout of CI ends where its own pipeline began, so a commit that it doesn't have may well be a newer one: it is
 * fetched before anything is said of it.
 *
 * @param exec runs git
 * @param workspace absolute path of the checkout
 * @param defaultBranch its name; by default the one that the remote's HEAD leads to
 */
export function historyOf(exec: Exec, workspace: string, defaultBranch?: string): History {
  const git = (args: readonly string[], options?: GitOptions) => runGit(exec, workspace, args, options);
  const ask = async (...args: string[]): Promise<string> => (await git(args)).stdout;
  const hasRemote = once(async () => (await ask('remote')).split('\n').includes('origin'));
  const isShallow = async (): Promise<boolean> => (await ask('rev-parse', '--is-shallow-repository')) === 'true';
  const fetch = async (...refs: string[]): Promise<void> => {
    const deepen = (await isShallow()) ? ['--unshallow'] : [];
    await git(['fetch', '--quiet', ...deepen, '--no-write-fetch-head', 'origin', ...refs]).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(
        `What is published comes from a commit that this checkout lacks, and it can't be fetched: ${error.message}`,
        {
          hint: 'Without it nobody can tell which one is newer. Publish again once the repository can be reached.',
          cause: error,
        },
      );
    });
  };
  const isKnown = async (commit: string): Promise<boolean> =>
    (await git(['cat-file', '--batch-check'], { input: `${commit}\n` })).stdout.split(' ')[1] === 'commit';
  const fetched = new Set<string>();
  /** Fetches for a commit, once. */
  const fetchFor = async (commit: string): Promise<void> => {
    if (fetched.has(commit) || !(await hasRemote())) return;
    fetched.add(commit);
    await fetch();
  };

  const isAncestor = async (commit: string, of: string): Promise<boolean> => {
    const [from, to] = [await commitOf(commit), await commitOf(of)];
    for (const one of [from, to]) {
      if (!(await isKnown(one))) await fetchFor(one);
      if (!(await isKnown(one))) return false;
    }
    if (await precedes(from, to)) return true;
    // History that was cut off proves nothing.
    if (!(await isShallow())) return false;
    await fetchFor(from);
    return precedes(from, to);
  };
  const commitOf = async (name: string): Promise<string> => {
    if (isCommitId(name)) return name;
    if (name === 'HEAD') return ask('rev-parse', '--verify', 'HEAD^{commit}');
    throw new RangeError(`no commit: ${JSON.stringify(name)}`);
  };
  const precedes = async (commit: string, of: string): Promise<boolean> =>
    (await git(['merge-base', '--is-ancestor', commit, of], { answers: [0, 1] })).exitCode === 0;

  /** Where the remote's default branch is now, fetched. Nothing is noted in the checkout: it may be a developer's. */
  const tip = async (): Promise<string> => {
    const ref = defaultBranch === undefined ? 'HEAD' : `refs/heads/${defaultBranch}`;
    const [commit = ''] = (await ask('ls-remote', 'origin', ref)).split('\t');
    if (!isCommitId(commit))
      throw new UserError(`The remote "origin" has no ${ref}, so nobody can tell what was merged.`, {
        hint: 'It names the default branch: CI_DEFAULT_BRANCH in a job of GitLab, else the remote’s own HEAD.',
      });
    if (!(await isKnown(commit))) await fetch(ref);
    return commit;
  };
  const isMerged = async (commit: string): Promise<boolean> => {
    if (!(await hasRemote())) return isKnown(commit);
    // It may have been merged since we asked last.
    const merged = await tip();
    const isBehind = async (): Promise<boolean> => (await isKnown(commit)) && precedes(commit, merged);
    if (await isBehind()) return true;
    if (!(await isShallow())) return false;
    await fetch();
    return isBehind();
  };
  return { isAncestor, isMerged };
}

function once<T>(fn: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= fn());
}

import { exec, git as runGit } from '@dockyard/exec';

/** A bare git repository, as a server keeps it. */
export interface Repository {
  readonly path: string;
  /** @returns the commit of a branch; undefined where there is none */
  commitOf(branch: string): Promise<string | undefined>;
  /**
   * Merges one branch into another with a merge commit, without a work tree.
   *
   * @returns the new commit; undefined where they conflict
   */
  merge(branch: string, into: string, message: string): Promise<string | undefined>;
  /** @returns what a file holds at a branch or commit; undefined where it isn't there */
  read(revision: string, file: string): Promise<string | undefined>;
  /** Deletes a branch. */
  remove(branch: string): Promise<void>;
}

/** @param path absolute, of a bare repository */
export function openRepository(path: string): Repository {
  const settings = { 'user.name': 'gitlab', 'user.email': 'gitlab@example.org' };
  const git = (args: readonly string[], answers = [0]) => runGit(exec, path, args, { settings, answers });
  const commitOf = async (branch: string): Promise<string | undefined> => {
    const { exitCode, stdout } = await git(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`], [0, 1]);
    return exitCode === 0 ? stdout : undefined;
  };
  return {
    path,
    commitOf,
    merge: async (branch, into, message) => {
      const [ours, theirs] = [await commitOf(into), await commitOf(branch)];
      if (ours === undefined || theirs === undefined) return undefined;
      const tree = await git(['merge-tree', '--write-tree', ours, theirs], [0, 1]);
      if (tree.exitCode !== 0) return undefined;
      const [id = ''] = tree.stdout.split('\n');
      const commit = await git(['commit-tree', id, '-p', ours, '-p', theirs, '-m', message]);
      await git(['update-ref', `refs/heads/${into}`, commit.stdout, ours]);
      return commit.stdout;
    },
    read: async (revision, file) => {
      const { exitCode, stdout } = await git(['show', `${revision}:${file}`], [0, 128]);
      return exitCode === 0 ? stdout : undefined;
    },
    remove: async (branch) => {
      await git(['update-ref', '-d', `refs/heads/${branch}`]);
    },
  };
}

import { join } from 'node:path';
import { tmpdir } from 'node:os';
import {
  type CommandResult,
  type Exec,
  git,
  type GitOptions,
  liesInRepository,
  withTemporaryDirectory,
} from '@dockyard/exec';

/** Runs git in a workspace. */
export type Git = (args: readonly string[], options?: GitOptions) => Promise<CommandResult>;

/**
 * Gives a function git for a workspace. One that lies in no repository, such as an unpacked archive, gets an empty one for
 * the while, outside of it: what .gitignore names is then left out all the same.
 *
 * @param exec runs git
 * @param workspace absolute path of the workspace root
 * @param fn what is to be done
 * @returns what the function returns
 * @throws {UserError} git refuses the repository or isn't installed
 */
export async function withGit<T>(exec: Exec, workspace: string, fn: (git: Git) => Promise<T>): Promise<T> {
  if (liesInRepository(workspace)) return fn((args, options) => git(exec, workspace, args, options));
  return withTemporaryDirectory(tmpdir(), 'dockyard-git-', async (folder) => {
    await git(exec, folder, ['init', '--quiet']);
    const env = { GIT_DIR: join(folder, '.git'), GIT_WORK_TREE: workspace };
    return fn((args, options = {}) => git(exec, workspace, args, { ...options, env: { ...env, ...options.env } }));
  });
}

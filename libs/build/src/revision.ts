import type { Exec } from '@dockyard/exec';

/** When, and in which commit, a set of files last changed. */
export interface Revision {
  /** Commit time of the newest change, seconds since 1970-01-01 UTC. */
  readonly epoch: number;
  /** Commit id, with `-dirty` behind it where the files differ from what is committed; empty outside a git checkout. */
  readonly revision: string;
}

/**
 * Asks git for the newest commit that changed any of a build's own inputs. Files that aren't committed yet count as of HEAD.
 *
 * @param exec runs git.
 * @param workspace absolute path of the workspace root.
 * @param patterns glob patterns relative to the root.
 * @returns epoch 0 and no revision where git can't tell: outside a checkout, and before the first commit.
 */
export async function newestRevision(exec: Exec, workspace: string, patterns: readonly string[]): Promise<Revision> {
  const paths = patterns.map((pattern) => `:(top,glob)${pattern}`);
  const git = async (...args: string[]): Promise<string> => {
    const result = await exec({ command: 'git', args, cwd: workspace }, { reject: false });
    return result.exitCode === 0 ? result.stdout.trim() : '';
  };
  const [status, committed] = await Promise.all([
    git('status', '--porcelain', '--untracked-files=all', '--', ...paths),
    git('log', '-1', '--format=%ct %H', '--', ...paths),
  ]);
  if (status === '') return parse(committed, '');
  return parse(await git('log', '-1', '--format=%ct %H'), '-dirty');
}

function parse(line: string, suffix: string): Revision {
  const [time, commit] = line.split(' ');
  if (time === undefined || commit === undefined) return { epoch: 0, revision: '' };
  return { epoch: Number(time), revision: commit + suffix };
}

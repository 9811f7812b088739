import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from '@dockyard/exec';

/** When, and in which commit, a set of files last changed. */
export interface Revision {
  /** Commit time of the newest change, seconds since 1970-01-01 UTC. */
  readonly epoch: number;
  /** Commit id, with `-dirty` behind it where the files differ from what is committed; empty outside a git checkout. */
  readonly revision: string;
}

/** A file of which only a part counts. */
export interface PartialFile {
  /** Relative to the root. */
  readonly path: string;
  /** The part that counts, of the file's text in any commit. */
  readonly part: (text: string) => string;
}

/**
 * Asks git for the newest commit that changed any of a build's own inputs. So the time that a build is given depends on
 * what Nx hashes, and not on what else was committed: an unchanged input gives the same bytes whether or not it came from
 * the cache. Files that aren't committed yet count as of HEAD.
 *
 * @param exec runs git.
 * @param workspace absolute path of the workspace root.
 * @param patterns glob patterns relative to the root; one with a `!` before it takes files out.
 * @param partial files whose changes count only where they change the part that counts.
 * @returns epoch 0 and no revision where git can't tell: outside a checkout, and before the first commit.
 */
export async function newestRevision(
  exec: Exec,
  workspace: string,
  patterns: readonly string[],
  partial: readonly PartialFile[] = [],
): Promise<Revision> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    const result = await exec({ command: 'git', args, cwd: workspace }, { reject: false });
    return result.exitCode === 0 ? result.stdout : undefined;
  };
  const head = parse(await git('log', '-1', FORMAT));
  if (head === undefined) return { epoch: 0, revision: '' };
  const found = await Promise.all([
    wholeFiles(git, patterns),
    ...partial.map((file) => partOfFile(git, workspace, file)),
  ]);
  if (found.includes('dirty')) return { epoch: head.epoch, revision: `${head.revision}-dirty` };
  const newest = found
    .filter((revision) => typeof revision === 'object')
    .reduce<Revision | undefined>(
      (best, one) => (best === undefined || one.epoch > best.epoch ? one : best),
      undefined,
    );
  return newest ?? { epoch: 0, revision: '' };
}

type Git = (...args: string[]) => Promise<string | undefined>;

/** Nothing where none of the files was ever committed. */
type Found = Revision | 'dirty' | undefined;

const FORMAT = '--format=%ct %H';

async function wholeFiles(git: Git, patterns: readonly string[]): Promise<Found> {
  if (patterns.length === 0) return undefined;
  const paths = patterns.map((pattern) =>
    pattern.startsWith('!') ? `:(glob,exclude)${pattern.slice(1)}` : `:(glob)${pattern}`,
  );
  const [status, committed] = await Promise.all([
    git('status', '--porcelain', '--untracked-files=all', '--', ...paths),
    git('log', '-1', FORMAT, '--', ...paths),
  ]);
  return status === '' ? parse(committed) : 'dirty';
}

/** Follows the file's commits back to the one that made the part what it is now. */
async function partOfFile(git: Git, workspace: string, { path, part }: PartialFile): Promise<Found> {
  // exec returns output without its last newline.
  const current = part((await readFile(join(workspace, path), 'utf8')).replace(/\r?\n$/, ''));
  const commits = (await git('log', FORMAT, '--', `:(literal)${path}`)) ?? '';
  let newest: Found = 'dirty';
  for (const line of commits.split('\n')) {
    const revision = parse(line);
    if (revision === undefined) break;
    const text = await git('show', `${revision.revision}:./${path}`);
    if (text === undefined || part(text) !== current) break;
    newest = revision;
  }
  return newest;
}

function parse(line: string | undefined): Revision | undefined {
  const [time, commit] = (line ?? '').trim().split(' ');
  return time === undefined || time === '' || commit === undefined
    ? undefined
    : { epoch: Number(time), revision: commit };
}

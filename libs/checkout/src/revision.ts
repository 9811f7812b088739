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

/** Reads a file of one commit, or of the checkout, by its path relative to the root; undefined where it isn't there. */
export type ReadFile = (path: string) => string | undefined;

/**
 * What counts of some files: a pure function of those that it reads. It may be called several times, and is asked again
 * once what it read is at hand.
 */
export type Part = (read: ReadFile) => string;

/**
 * Asks git for the newest commit that changed any of a build's own inputs. So the time that a build is given depends on
 * what Nx hashes, and not on what else was committed: an unchanged input gives the same bytes whether or not it came from
 * the cache. Files that aren't committed yet count as of HEAD.
 *
 * @param exec runs git.
 * @param workspace absolute path of the workspace root.
 * @param patterns glob patterns relative to the root; one with a `!` before it takes files out.
 * @param parts what counts of files of which not everything does: a change of one counts where it changes the part.
 * @returns epoch 0 and no revision where git can't tell: outside a checkout, and before the first commit.
 */
export async function newestRevision(
  exec: Exec,
  workspace: string,
  patterns: readonly string[],
  parts: readonly Part[] = [],
): Promise<Revision> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    const result = await exec({ command: 'git', args, cwd: workspace }, { reject: false });
    return result.exitCode === 0 ? result.stdout : undefined;
  };
  const head = parse(await git('log', '-1', FORMAT));
  if (head === undefined) return { epoch: 0, revision: '' };
  const found = await Promise.all([
    wholeFiles(git, patterns),
    ...parts.map((part) => partOfFiles(git, workspace, part)),
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

/** Follows the commits of the files back to the one that made the part what it is now. */
async function partOfFiles(git: Git, workspace: string, part: Part): Promise<Found> {
  const current = await evaluate(part, (path) => readFile(join(workspace, path), 'utf8').catch(() => undefined));
  const paths = new Set(current.paths);
  let newest: Found = 'dirty';
  let open = await commitsOf(git, 'HEAD', paths);
  for (let commit = open.shift(); commit !== undefined; commit = open.shift()) {
    const { revision } = commit;
    const then = await evaluate(part, (path) => git('show', `${revision}:./${path}`));
    if (then.value !== current.value) break;
    newest = commit;
    // Before that commit other files may have held what these hold now.
    if (then.paths.every((path) => paths.has(path))) continue;
    then.paths.forEach((path) => paths.add(path));
    open = (await commitsOf(git, revision, paths)).filter((one) => one.revision !== revision);
  }
  return newest;
}

async function evaluate(
  part: Part,
  read: (path: string) => Promise<string | undefined>,
): Promise<{ value: string; paths: string[] }> {
  const texts = new Map<string, string | undefined>();
  for (;;) {
    const wanted = new Set<string>();
    const value = part((path) => {
      if (!texts.has(path)) wanted.add(path);
      return texts.get(path);
    });
    if (wanted.size === 0) return { value, paths: [...texts.keys()] };
    // exec returns output without its last newline.
    for (const path of wanted) texts.set(path, (await read(path))?.replace(/\r?\n$/, ''));
  }
}

async function commitsOf(git: Git, head: string, paths: ReadonlySet<string>): Promise<Revision[]> {
  const log = (await git('log', FORMAT, head, '--', ...[...paths].map((path) => `:(literal)${path}`))) ?? '';
  return log.split('\n').flatMap((line) => parse(line) ?? []);
}

function parse(line: string | undefined): Revision | undefined {
  const [time, commit] = (line ?? '').trim().split(' ');
  return time === undefined || time === '' || commit === undefined
    ? undefined
    : { epoch: Number(time), revision: commit };
}

import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { archSuffix } from '@dockyard/definition';
import { exec, git, UserError } from '@dockyard/exec';
import { thisMachine } from '@dockyard/runner';
import { requireLab } from '../availability.ts';
import { withLabLock } from '../lock.ts';
import { removeTree } from '../mounts.ts';
import { runCell } from './cell.ts';
import type { Cell } from './cells.ts';
import { removeCgroups } from './cgroups.ts';
import { hostSettings } from './host-settings.ts';
import { keptLayouts } from './layouts.ts';
import { type CellResult, type Disagreement, disagreements } from './result.ts';
import { ensureRoot, USER } from './roots.ts';
import { writeSmallImages } from './small-image.ts';

export interface MatrixOptions {
  /** What to build where. */
  readonly cells: readonly Cell[];
  /** Folder for roots, npm's cache and logs, about 1 GB a machine; roots are kept, so that only the first run makes them. */
  readonly dir: string;
  /** Checkout whose last commit is cloned. */
  readonly checkout: string;
  /** Images of the catalogue to build besides the small ones. */
  readonly images: readonly string[];
  /** Called with a line about each step. */
  readonly report: (line: string) => void;
  /** Called with each result when it is there. */
  readonly onResult?: (result: CellResult) => void;
  readonly signal?: AbortSignal;
}

const CGROUP = 'dockyard-machine-';

/** What came of a run. */
export interface MatrixResult {
  readonly results: readonly CellResult[];
  /** Projects whose digests are not all the same; and for each digest but the first, how it differs from that, in lines for a person. */
  readonly different: readonly (Disagreement & { readonly differences: ReadonlyMap<string, readonly string[]> })[];
  /** Folder of the logs. */
  readonly logs: string;
}

/**
 * Builds on every machine, one after the other, and compares what they made.
 *
 * @throws {UserError} this machine can't hold test machines, or a root can't be made
 * @throws {CommandError} it was ended
 */
export async function runMatrix(o: MatrixOptions): Promise<MatrixResult> {
  const dir = resolve(o.dir);
  if (/[,:\\\n]/.test(dir))
    throw new UserError(`overlayfs can't be told of a folder with a comma, colon or backslash in its path: ${dir}`, {
      hint: 'Choose another one with --dir.',
    });
  await requireLab(o.report, { slirp4netns: 'slirp4netns', git: 'git' });
  const runs = join(dir, 'runs');
  const logs = join(dir, 'logs');
  await mkdir(runs, { recursive: true });
  await removeLeftovers(runs);
  const mine = join(runs, String(process.pid));
  await mkdir(mine, { recursive: true, mode: 0o755 });
  const { platform } = thisMachine();
  const results: CellResult[] = [];
  const layouts = keptLayouts(join(mine, 'layouts'));
  try {
    const settings = await hostSettings();
    const repository = (uid: number): string => join(mine, `dockyard-${String(uid)}.git`);
    for (const uid of [0, USER.uid]) await copyCommit(resolve(o.checkout), repository(uid), uid);
    const small = join(mine, 'small-images');
    await writeSmallImages(small, { platform, report: o.report });
    for (const [index, cell] of o.cells.entries()) {
      const report = (line: string): void => {
        o.report(`${cell.name} (${String(index + 1)} of ${String(o.cells.length)}): ${line}`);
      };
      const root = await withLabLock({ dir }, async () => {
        const folder = join(dir, 'roots');
        await mkdir(folder, { recursive: true });
        return ensureRoot(folder, cell.kind, { report, ...(o.signal === undefined ? {} : { signal: o.signal }) });
      });
      const uid = cell.user === 'root' ? 0 : USER.uid;
      const own = {
        '/srv/dockyard.git': repository(uid),
        '/srv/npm': join(dir, 'npm', String(uid)),
        '/srv/sources': join(mine, 'sources', `${cell.kind.name}-${String(uid)}`),
      };
      for (const folder of Object.values(own)) await mkdir(folder, { recursive: true });
      const result = await runCell({
        ...{ cell, root, settings, report, images: o.images },
        keep: (...built) => layouts.keep(...built),
        scratch: join(mine, 'machine'),
        machineName: `${CGROUP}${String(process.pid)}-${String(index)}`,
        binds: { '/srv/small-images': small, ...own },
        arch: archSuffix(platform),
        log: join(logs, `${cell.name.replace('/', '-')}.log`),
        ...(o.signal === undefined ? {} : { signal: o.signal }),
      });
      results.push(result);
      o.onResult?.(result);
    }
    const different: MatrixResult['different'][number][] = [];
    for (const each of disagreements(results)) different.push({ ...each, differences: await layouts.compare(each) });
    return { results, different, logs };
  } finally {
    await removeTree(mine);
  }
}

/** A repository with one branch, whatever is checked out here; git reads only what is the reader's own. */
async function copyCommit(checkout: string, repository: string, uid: number): Promise<void> {
  await git(exec, '/', ['init', '--quiet', '--bare', '--initial-branch=main', repository]);
  // The checkout of a pipeline may be shallow.
  await git(exec, repository, ['fetch', '--quiet', '--update-shallow', checkout, 'HEAD:refs/heads/main']);
  await exec({ command: 'chown', args: ['-R', `${String(uid)}:${String(uid)}`, repository] });
}

/** What runs left that were killed: their machines are gone with them. */
async function removeLeftovers(runs: string): Promise<void> {
  for (const name of await readdir(runs)) {
    if (isAlive(Number(name))) continue;
    await removeCgroups(`${CGROUP}${name}-`);
    await removeTree(join(runs, name));
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

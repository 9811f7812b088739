import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '@dockyard/exec';
import { LayoutError } from '@dockyard/oci';
import { OUTPUTS } from '@dockyard/project';

/** Where Nx keeps outputs, by `cacheDirectory` of nx.json: a folder of each task's hash. */
const NX_CACHE = join('.nx', 'cache');
/** `<project>/<arch>/image…`, `<project>/index…`: what the task wrote that a file is of. */
const OUTPUT = /^[^/]+\/(?:index|[^/]+\/(?:image|artifacts|test))(?=[./]|$)/;

/**
 * Removes an output of which a file is damaged, such as by a power loss, and what Nx's local cache keeps of it in that state, which would come
 * back otherwise. Nx makes it anew when it is asked for next.
 *
 * @param workspace absolute path of the workspace root.
 * @param file absolute path of the damaged file.
 * @param why what is wrong with it.
 * @throws UserError always: what needed it can't go on.
 */
export async function discardDamaged(workspace: string, file: string, why: string): Promise<never> {
  const path = relative(workspace, file);
  await forgetCached(workspace, path);
  const [output] = OUTPUT.exec(relative(OUTPUTS, path).split(sep).join('/')) ?? [];
  if (output === undefined) await rm(file, { force: true });
  // The record first: where it exists, the layout is whole.
  else
    for (const one of [`${output}.json`, output])
      await rm(join(workspace, OUTPUTS, one), { recursive: true, force: true });
  throw new UserError(`${path} is damaged, as it is after a power loss: ${why}. It was removed.`, {
    hint: 'Run the same command again: what is missing is made anew.',
  });
}

/**
 * Runs what reads outputs of earlier tasks. Where a layout among them turns out to be damaged, it is removed, so that it is made anew.
 *
 * @param workspace absolute path of the workspace root.
 * @param fn what reads.
 * @throws UserError where one is damaged; whatever else `fn` throws.
 */
export async function healingOutputs<T>(workspace: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn();
  } catch (error) {
    if (!(error instanceof LayoutError)) throw error;
    const [top, kind, name] = relative(workspace, error.file).split(sep);
    if (`${top ?? ''}/${kind ?? ''}` !== OUTPUTS || name === undefined) throw error;
    return discardDamaged(workspace, error.file, error.message.split('\n').slice(1).join(',').trim() || error.message);
  }
}

/** Removes the entries of Nx's cache that hold a file with the very bytes that it has in the workspace. */
async function forgetCached(workspace: string, path: string): Promise<void> {
  const damaged = await sum(join(workspace, path));
  const cache = join(workspace, NX_CACHE);
  for (const hash of await readdir(cache).catch(() => [])) {
    if (!/^\d+$/.test(hash) || damaged === undefined || (await sum(join(cache, hash, path))) !== damaged) continue;
    // At once out of the sight of Nx, which takes a folder for whole.
    const gone = join(cache, `${hash}.damaged`);
    await rename(join(cache, hash), gone).catch(() => undefined);
    await rm(gone, { recursive: true, force: true });
  }
}

async function sum(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(file), hash);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}

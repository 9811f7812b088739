import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from '@dockyard/exec';
import { type Cli, engineCli } from './cli.ts';
import { imageId } from './podman-command.ts';
import { type PodmanInfo, podmanUser, storesFolder, unmountStore, withPodmanStore } from './podman-store.ts';

/** Milliseconds for which a parent that no build uses is kept. */
const UNUSED = 7 * 24 * 60 * 60 * 1000;
/** What a parent was when it was unpacked; without it, it wasn't to the end. */
const CONTENT = 'dockyard-content';

/**
 * Gives the store that holds one parent, unpacking it when it is new. Nothing is ever written to such a store, so builds read it side by
 * side: of two podman 4.3 of which one reads a store and the other pulls into it, now and then both wait forever.
 *
 * @param info what podman says of itself
 * @param config `sha256:…` of the parent's configuration
 * @param pull puts the parent into the store that a command line selects
 * @returns absolute path, for `--storage-opt <driver>.imagestore=`
 */
export async function parentStore(
  exec: Exec,
  info: PodmanInfo,
  config: string,
  pull: (cli: Cli) => Promise<unknown>,
): Promise<string> {
  const folder = join(storesFolder(info), 'unpacked');
  const path = join(folder, imageId(config));
  if (await touch(path)) return path;
  await mkdir(folder, { recursive: true });
  await removeUnused(exec, info, folder);
  if ((await stat(path).catch(() => undefined)) !== undefined) await removeParent(exec, info, path, isPart);
  await withPodmanStore(exec, info, [], async (store) => {
    await pull(engineCli(exec, 'podman', { flags: store.args }));
    await unmountStore(exec, info, store);
    await writeFile(join(store.root, CONTENT), await contentOf(exec, info, store.root));
    // Its name must not be there before what it stands for, also where the power fails.
    await exec({ command: 'sync', args: ['--file-system', store.root] });
    try {
      await rename(store.root, path);
    } catch (error) {
      // Another build was quicker.
      if (!(await touch(path))) throw error;
    }
  });
  return path;
}

/**
 * Removes the stores of parents that are no longer what was unpacked: files are gone, or have another size.
 *
 * @param info what podman says of itself
 * @param paths what {@link parentStore} gave
 * @returns how many went
 */
export async function removeDamagedParents(exec: Exec, info: PodmanInfo, paths: readonly string[]): Promise<number> {
  let removed = 0;
  for (const path of paths) {
    const unpacked = await readFile(join(path, CONTENT), 'utf8').catch(() => undefined);
    if (unpacked === (await contentOf(exec, info, path))) continue;
    await removeParent(exec, info, path);
    removed += 1;
  }
  return removed;
}

/** Tells one content from another by names and sizes: to read all of it again would take as long as unpacking it. */
async function contentOf(exec: Exec, info: PodmanInfo, root: string): Promise<string> {
  // Podman writes to its lock files when it reads.
  const files = ['-type', 'f', '-not', '-name', '*.lock', '-printf', '%s %P\\n'];
  const drivers = (await readdir(root)).filter((name) => name.startsWith(info.graphDriver)).sort();
  const { stdout } = await podmanUser(exec, info)('find', [...drivers.map((name) => join(root, name)), ...files]);
  return createHash('sha256').update(stdout.split('\n').sort().join('\n')).digest('hex');
}

/** Notes that a parent is used; false where it isn't there, or isn't whole. */
async function touch(path: string): Promise<boolean> {
  if (await isPart(path)) return false;
  const now = new Date();
  return utimes(path, now, now).then(
    () => true,
    () => false,
  );
}

async function removeUnused(exec: Exec, info: PodmanInfo, folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const used = await stat(path).catch(() => undefined);
    if (used === undefined || Date.now() - used.mtimeMs < UNUSED) continue;
    await removeParent(exec, info, path);
  }
}

/** @param isMeant asked once nobody else can take the folder any more; another build may just have put a whole one there */
async function removeParent(
  exec: Exec,
  info: PodmanInfo,
  path: string,
  isMeant: (folder: string) => Promise<boolean> = () => Promise.resolve(true),
): Promise<void> {
  // At once out of the sight of builds.
  const gone = `${path}.${randomBytes(4).toString('hex')}.gone`;
  try {
    await rename(path, gone);
  } catch {
    return;
  }
  if (await isMeant(gone)) await podmanUser(exec, info)('rm', ['-rf', gone]);
  else await rename(gone, path).catch(() => podmanUser(exec, info)('rm', ['-rf', gone]));
}

async function isPart(folder: string): Promise<boolean> {
  return (await stat(join(folder, CONTENT)).catch(() => undefined)) === undefined;
}

import { mkdir, readdir, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exec } from '@dockyard/exec';
import { type Cli, engineCli } from './cli.ts';
import { imageId } from './podman-command.ts';
import { type PodmanInfo, podmanUser, storesFolder, unmountStore, withPodmanStore } from './podman-store.ts';

/** Milliseconds for which a parent that no build uses is kept. */
const UNUSED = 7 * 24 * 60 * 60 * 1000;

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
  const folder = join(storesFolder(info), 'parents');
  const path = join(folder, imageId(config));
  if (await touch(path)) return path;
  await mkdir(folder, { recursive: true });
  await removeUnused(exec, info, folder);
  await withPodmanStore(exec, info, [], async (store) => {
    await pull(engineCli(exec, 'podman', { flags: store.args }));
    await unmountStore(exec, info, store);
    try {
      await rename(store.root, path);
    } catch (error) {
      // Another build was quicker.
      if (!(await touch(path))) throw error;
    }
  });
  return path;
}

async function touch(path: string): Promise<boolean> {
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
    // At once out of the sight of builds.
    const gone = `${path}.${String(process.pid)}.gone`;
    await rename(path, gone).catch(() => undefined);
    await podmanUser(exec, info)('rm', ['-rf', gone]);
  }
}

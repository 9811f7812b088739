import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { CommandResult, Exec } from '@dockyard/exec';

/** What `podman info` says of the machine, as far as builds need it. */
export interface PodmanInfo {
  readonly version: string;
  readonly architecture: string;
  readonly graphRoot: string;
  readonly runRoot: string;
  readonly graphDriver: string;
  /** `--storage-opt` values in use. */
  readonly graphOptions: readonly string[];
  /** Path of runc or crun. */
  readonly runtime: string;
  readonly rootless: boolean;
  /** Whether containers on a network find each other by name, as far as podman says. */
  readonly names: boolean;
  /** How many users and groups images may have, where podman is rootless. */
  readonly ids: number;
  /** `name=soft:hard` for what runs in a build: those podman 5 takes by default may be higher than ours, and not every root may raise them. */
  readonly ulimits: readonly string[];
}

/** The private store of one build. */
export interface PodmanStore {
  readonly folder: string;
  /** The images of it. */
  readonly root: string;
  /** What needn't survive a restart of the machine. */
  readonly runFolder: string;
  /** Global flags of podman that select it. */
  readonly args: readonly string[];
  /** State of the low-level runtime: names exactly this build's running containers. */
  readonly runtimeState: string;
}

/** Its warnings about the machine (cgroups v1, an old CNI file) would stand in every log, also in a container's own. */
export const PODMAN_FLAGS: readonly string[] = ['--log-level', 'error'];

const OWNER = 'owner.json';

/** Podman refuses longer ones, for the sockets that it makes below. */
const LONGEST_RUN_ROOT = 50;

/**
 * Names the run root of a private store: below podman's own, or where that would be too long, in /tmp.
 *
 * @param runRoot podman's own
 * @param id of the store
 */
export function runFolderOf(runRoot: string, id: string): string {
  const below = join(runRoot, `dockyard-${id}`);
  return below.length <= LONGEST_RUN_ROOT ? below : join('/tmp', `dockyard-${id}`);
}

/** Where stores lie: on the file system of podman's own, as that one can hold layers. */
export function storesFolder(info: PodmanInfo): string {
  return join(info.graphRoot, 'dockyard');
}

/**
 * Names the private store of a build. Podman leaves a container running and a working container mounted when it is killed, and nothing
 * tells whose they are; in a store of its own all that a build leaves is known.
 *
 * @param info what podman says of itself
 * @param id letters and digits that no other build has
 * @param parents absolute paths of stores whose images are seen in it
 * @param runFolder of a store that was made with another run root of podman's
 */
export function podmanStore(
  info: PodmanInfo,
  id: string,
  parents: readonly string[],
  runFolder: string = runFolderOf(info.runRoot, id),
): PodmanStore {
  const folder = join(storesFolder(info), id);
  const root = join(folder, 'root');
  const options = [...info.graphOptions, ...parents.map((path) => `${info.graphDriver}.imagestore=${path}`)];
  return {
    folder,
    root,
    runFolder,
    args: [
      ...PODMAN_FLAGS,
      '--root',
      root,
      '--runroot',
      runFolder,
      '--storage-driver',
      info.graphDriver,
      ...options.flatMap((option) => ['--storage-opt', option]),
    ],
    runtimeState: join(runFolder, 'oci'),
  };
}

/** Runs something in a private store and removes all that is left there, whatever happened. */
export async function withPodmanStore<T>(
  exec: Exec,
  info: PodmanInfo,
  parents: readonly string[],
  fn: (store: PodmanStore) => Promise<T>,
): Promise<T> {
  await mkdir(storesFolder(info), { recursive: true });
  await sweep(exec, info);
  const store = podmanStore(info, randomBytes(4).toString('hex'), parents);
  await mkdir(store.folder);
  await mkdir(info.runRoot, { recursive: true });
  // Ours alone: in /tmp another user may have thought of the same name.
  await mkdir(store.runFolder, { mode: 0o700 });
  await writeFile(join(store.folder, OWNER), JSON.stringify({ ...(await ourselves()), runFolder: store.runFolder }));
  try {
    return await fn(store);
  } finally {
    await removeStore(exec, info, store);
  }
}

/** Removes stores whose owner was killed. */
async function sweep(exec: Exec, info: PodmanInfo): Promise<void> {
  const { namespace } = await ourselves();
  for (const id of await readdir(storesFolder(info))) {
    const owner = await readOwner(join(storesFolder(info), id, OWNER));
    // A pid says nothing across pid namespaces; a store without owner is just being made, or removed.
    if (owner?.namespace !== namespace || isAlive(owner.pid)) continue;
    const store = podmanStore(info, id, [], owner.runFolder);
    await endUsers(store);
    await removeStore(exec, info, store);
  }
}

/** Ends the podman that still works for an owner who is gone. */
async function endUsers(store: PodmanStore): Promise<void> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const args = (await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')).split('\0');
    if (args[0]?.endsWith('podman') === true && args.includes(store.root)) process.kill(Number(pid), 'SIGKILL');
  }
}

async function ourselves(): Promise<{ pid: number; namespace: string }> {
  return { pid: process.pid, namespace: await readlink('/proc/self/ns/pid') };
}

/** Whose a store is. */
interface Owner {
  readonly pid: number;
  /** Of its pids. */
  readonly namespace: string;
  readonly runFolder: string;
}

async function readOwner(file: string): Promise<Owner | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  try {
    const { pid, namespace, runFolder } = JSON.parse(text ?? '') as Partial<Record<keyof Owner, unknown>>;
    if (typeof pid !== 'number' || typeof namespace !== 'string' || typeof runFolder !== 'string') return undefined;
    return { pid, namespace, runFolder };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Ends the containers of a store's build, unmounts and removes it. */
async function removeStore(exec: Exec, info: PodmanInfo, store: PodmanStore): Promise<void> {
  const run = podmanUser(exec, info);
  for (const id of await readdir(store.runtimeState).catch(() => [])) {
    const state = await run(info.runtime, ['--root', store.runtimeState, 'state', id]);
    const bundle = /"bundle": ?"([^"]+)"/.exec(state.stdout)?.[1];
    await run(info.runtime, ['--root', store.runtimeState, 'delete', '--force', id]);
    if (bundle !== undefined && /^buildah\d+$/.test(basename(bundle))) await run('rm', ['-rf', bundle]);
  }
  await unmountStore(exec, info, store);
  if (info.rootless) await run('rm', ['-rf', store.folder, store.runFolder]);
  // The folder last: it names the owner.
  for (const folder of [store.runFolder, store.folder])
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** Ends the mounts that podman keeps in a store, so that it can be moved or removed. */
export async function unmountStore(exec: Exec, info: PodmanInfo, store: PodmanStore): Promise<void> {
  await podmanUser(exec, info)('umount', ['--recursive', join(store.root, info.graphDriver)]);
}

/** Runs commands as what owns the mounts and files of stores: rootless, that is podman's user namespace. */
export function podmanUser(
  exec: Exec,
  info: PodmanInfo,
): (command: string, args: readonly string[]) => Promise<CommandResult> {
  return (command, args) =>
    exec(info.rootless ? { command: 'podman', args: ['unshare', command, ...args] } : { command, args }, {
      reject: false,
    });
}

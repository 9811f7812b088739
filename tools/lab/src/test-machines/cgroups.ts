import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A hierarchy of cgroups that is mounted here. */
export interface Hierarchy {
  /** Folder of the cgroup that we are in ourselves. */
  readonly own: string;
  /** Whether it is the one of cgroup v1 that wants processors and memory nodes before it takes a process. */
  readonly cpuset: boolean;
}

/**
 * Finds the mounted hierarchies of cgroups, and where we are in each (cgroups(7)). Pure.
 *
 * @param mountinfo text of `/proc/self/mountinfo`
 * @param cgroup text of `/proc/self/cgroup`
 */
export function hierarchies(mountinfo: string, cgroup: string): Hierarchy[] {
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root = '/', at = ''] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    return type === 'cgroup' || type === 'cgroup2' ? [{ type, root, at, options: options.split(',') }] : [];
  });
  return cgroup.split('\n').flatMap((line) => {
    const [number, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (path === '') return [];
    const wanted = controllers.split(',');
    const mount = mounts.find(({ type, options }) =>
      number === '0' && controllers === ''
        ? type === 'cgroup2'
        : type === 'cgroup' && wanted.every((one) => options.includes(one)),
    );
    if (mount === undefined) return [];
    const below = mount.root === '/' ? path : path.slice(mount.root.length);
    return [{ own: resolve(mount.at, `./${below}`), cpuset: wanted.includes('cpuset') }];
  });
}

/**
 * Makes a cgroup of its own for a machine in every hierarchy.
 *
 * @param name of the cgroup, below our own
 * @returns files that a process writes its id to in order to get into them
 */
export async function makeCgroups(name: string): Promise<string[]> {
  const files: string[] = [];
  for (const { own, cpuset } of await ourHierarchies()) {
    const folder = join(own, name);
    await mkdir(folder, { recursive: true });
    if (cpuset) {
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        await writeFile(join(folder, file), await readFile(join(own, file)));
    }
    files.push(join(folder, 'cgroup.procs'));
  }
  return files;
}

/**
 * Removes the cgroups of machines that are gone, with all that their engines made below.
 *
 * @param start of the names; what still holds a process stays
 */
export async function removeCgroups(start: string): Promise<void> {
  for (const { own } of await ourHierarchies()) {
    for (const name of await readdir(own)) if (name.startsWith(start)) await removeTree(join(own, name));
  }
}

async function ourHierarchies(): Promise<Hierarchy[]> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  return hierarchies(await read('/proc/self/mountinfo'), await read('/proc/self/cgroup'));
}

async function removeTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(folder, entry.name));
  // Processes that were killed take a moment to leave.
  for (let i = 0; i < 20; i += 1) {
    const busy = await rmdir(folder).then(
      () => false,
      (error: unknown) => (error as NodeJS.ErrnoException).code === 'EBUSY',
    );
    if (!busy) return;
    await sleep(100);
  }
}

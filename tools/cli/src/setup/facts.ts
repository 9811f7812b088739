import { access, constants, readdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { exec } from '@dockyard/exec';
import { type ContainerFacts, hardLimit, mayRaiseLimits } from './containers-conf.ts';

/** Text of a file, empty where it can't be read. */
export async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

/** Absolute path of a program, looked up on the PATH and where root's programs lie. */
export async function findProgram(name: string): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin'];
  for (const path of folders.filter((folder) => folder !== '').map((folder) => join(folder, name))) {
    if (await canRun(path)) return path;
  }
  return undefined;
}

function canRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Whether we are root, or may become it without being asked for a password. */
export async function mayBecomeRoot(uid: number): Promise<boolean> {
  if (uid === 0) return true;
  if ((await findProgram('sudo')) === undefined) return false;
  return (await exec({ command: 'sudo', args: ['-n', 'true'] }, { reject: false, timeoutMs: 10_000 })).exitCode === 0;
}

/** Looks at the machine as far as Podman's configuration goes. */
export async function containerFacts(uid: number): Promise<ContainerFacts> {
  const [limits, status] = await Promise.all(['/proc/self/limits', '/proc/self/status'].map(textOf));
  return {
    uid,
    cgroupsV2: await hasCgroupsV2(),
    openFiles: hardLimit(limits ?? '', 'Max open files'),
    processes: hardLimit(limits ?? '', 'Max processes'),
    mayRaiseLimits: mayRaiseLimits(status ?? ''),
    hasCrun: (await findProgram('crun')) !== undefined,
    hasRunc: (await findProgram('runc')) !== undefined,
    configured: await containersConfFiles(),
  };
}

/** Whether the machine has cgroups v2 only. */
export async function hasCgroupsV2(): Promise<boolean> {
  return (await textOf('/sys/fs/cgroup/cgroup.controllers')) !== '';
}

/** All containers.conf files that Podman reads here, concatenated. */
export async function containersConfFiles(): Promise<string> {
  const home = join(process.env['XDG_CONFIG_HOME'] ?? join(process.env['HOME'] ?? '/', '.config'), 'containers');
  const texts: string[] = [];
  for (const folder of ['/usr/share/containers', '/etc/containers', home]) {
    texts.push(await textOf(join(folder, 'containers.conf')));
    const names = await readdir(join(folder, 'containers.conf.d')).catch(() => []);
    for (const name of names.filter((entry) => entry.endsWith('.conf'))) {
      texts.push(await textOf(join(folder, 'containers.conf.d', name)));
    }
  }
  return texts.join('\n');
}

import { existsSync } from 'node:fs';
import { access, constants, readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { exec } from '@dockyard/exec';
import { type ContainerFacts, hardLimit, mayRaiseLimits } from './containers-conf.ts';

/** Of the root of cgroups v2, and there only where they are mounted at their usual place. */
const CONTROLLERS = '/sys/fs/cgroup/cgroup.controllers';

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

/**
 * Looks at the machine as far as Podman's configuration goes.
 *
 * @param uid ours
 * @param own path of the file that we write ourselves, which isn't looked at
 */
export async function containerFacts(uid: number, own: string): Promise<ContainerFacts> {
  const [limits, status] = await Promise.all(['/proc/self/limits', '/proc/self/status'].map(textOf));
  return {
    uid,
    cgroupsV2: hasCgroupsV2(),
    controllers: (await textOf(CONTROLLERS)).trim().split(' '),
    openFiles: hardLimit(limits ?? '', 'Max open files'),
    processes: hardLimit(limits ?? '', 'Max processes'),
    mayRaiseLimits: mayRaiseLimits(status ?? ''),
    hasCrun: (await findProgram('crun')) !== undefined,
    hasRunc: (await findProgram('runc')) !== undefined,
    configured: await containersConfFiles(own),
  };
}

/** Whether the machine has cgroups v2 only. */
export function hasCgroupsV2(): boolean {
  return existsSync(CONTROLLERS);
}

/**
 * The text of all containers.conf files that Podman reads here.
 *
 * @param except path of one that is passed over
 */
export async function containersConfFiles(except?: string): Promise<string> {
  const home = join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'containers');
  const paths = [process.env['CONTAINERS_CONF'] ?? ''];
  for (const folder of ['/usr/share/containers', '/etc/containers', home]) {
    paths.push(join(folder, 'containers.conf'));
    const names = await readdir(join(folder, 'containers.conf.d')).catch(() => []);
    paths.push(
      ...names.filter((name) => name.endsWith('.conf')).map((name) => join(folder, 'containers.conf.d', name)),
    );
  }
  const texts = await Promise.all(paths.filter((path) => path !== '' && path !== except).map(textOf));
  return texts.join('\n');
}

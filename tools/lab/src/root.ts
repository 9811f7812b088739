import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exec, UserError, writeFileAtomic } from '@dockyard/exec';
import { onPath } from './availability.ts';
import { removeTree } from './mounts.ts';
import type { LabPaths } from './paths.ts';

const PACKAGES = [
  ...['docker.io', 'docker-buildx', 'docker-cli', 'iptables', 'iproute2', 'ca-certificates'],
  'openssh-server',
];
const SUITE = 'trixie';
const PARTIAL = 'root.partial-';
const MARK = 'etc/dockyard-lab';
const MARK_TEXT = `${SUITE} ${PACKAGES.join(' ')}\n`;

/** Whether the lab's root is whole and of this version of the lab. */
export async function rootIsCurrent(paths: LabPaths): Promise<boolean> {
  return (await readFile(join(paths.root, MARK), 'utf8').catch(() => undefined)) === MARK_TEXT;
}

/**
 * Makes the lab's root of Debian packages, from the mirror that Debian's tools use by default: about a minute. A part that an interrupted
 * run left is thrown away. Nothing may run in the old root.
 *
 * @throws {UserError} the packages could not be had
 */
export async function makeRoot(paths: LabPaths, report: (line: string) => void): Promise<void> {
  for (const name of await readdir(paths.dir)) if (name.startsWith(PARTIAL)) await removeTree(join(paths.dir, name));
  // A name of its own: the mmdebstrap of a run that was killed may still be at work in its part.
  const partial = join(paths.dir, `${PARTIAL}${randomBytes(4).toString('hex')}`);
  report(`making ${paths.root} of Debian packages (about a minute)`);
  const args = ['--quiet', '--variant=apt', `--include=${PACKAGES.join(',')}`, SUITE, partial];
  try {
    await exec({ command: 'mmdebstrap', args });
  } catch (error) {
    await removeTree(partial);
    throw new UserError(`The lab's root could not be made: ${error instanceof Error ? error.message : String(error)}`, {
      hint: "Debian's packages must be reachable from this machine (try `apt-get update`).",
      cause: error,
    });
  }
  // Without the containerd image store a Docker Engine can't export OCI layouts.
  await writeFileAtomic(join(partial, 'etc/docker/daemon.json'), '{"features":{"containerd-snapshotter":true}}\n');
  await mkdir(join(partial, 'var/lib/docker'), { recursive: true });
  await writeFileAtomic(join(partial, MARK), MARK_TEXT);
  await removeTree(paths.root);
  await rename(partial, paths.root);
}

/**
 * Makes the client's side: the buildx plugin from the root in a private DOCKER_CONFIG, and the docker client too where the machine has none.
 *
 * @returns environment of whoever uses the lab's engine, without DOCKER_HOST
 */
export async function makeClient(paths: LabPaths): Promise<{ DOCKER_CONFIG: string; PATH?: string }> {
  await installProgram(
    join(paths.root, 'usr/libexec/docker/cli-plugins/docker-buildx'),
    join(paths.dockerConfig, 'cli-plugins/docker-buildx'),
  );
  const config = { DOCKER_CONFIG: paths.dockerConfig };
  if (await onPath('docker')) return config;
  await installProgram(join(paths.root, 'usr/bin/docker'), join(paths.bin, 'docker'));
  return { ...config, PATH: pathWith(paths) };
}

/** Our PATH with the lab's own programs first. */
export function pathWith(paths: LabPaths): string {
  return `${paths.bin}:${process.env['PATH'] ?? ''}`;
}

async function installProgram(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const temporary = `${to}.partial`;
  await copyFile(from, temporary);
  await chmod(temporary, 0o755);
  await rename(temporary, to);
}

import { access, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { requireLab } from './availability.ts';
import { startDaemon, waitForDaemon } from './daemon.ts';
import { withLabLock } from './lock.ts';
import { mountLab } from './mounts.ts';
import { makeBridge } from './network.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { processesIn } from './processes.ts';
import { makeClient, makeRoot, rootIsCurrent } from './root.ts';
import { stopDaemons, stopLab } from './stop.ts';

export interface LabOptions {
  /** The lab's folder; about 1 GB. Kept between runs, so that only the first one makes the root. */
  readonly dir: string;
  /** Called with a line about each slow step; silent by default. */
  readonly report?: (line: string) => void;
}

/** A running Docker Engine. */
export interface DockerEngine {
  /** `unix://…`, for DOCKER_HOST. */
  readonly dockerHost: string;
  /** Environment for the docker client: DOCKER_HOST, a private DOCKER_CONFIG with buildx, and PATH where the machine has no client. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether it ran already. */
  readonly reused: boolean;
  /** Stops what this call started, mounts included. An engine that ran already is its starter's and stays; {@link stopLab} stops it too. */
  stop(): Promise<void>;
}

/**
 * Brings up a Docker Engine with BuildKit and the containerd image store in a private root made of Debian packages. Takes the one that runs
 * in that folder already; safe when called by several processes at once. It outlives this process.
 *
 * @throws {UserError} it can't run on this machine (see `labAvailability`), or did not come up
 */
export async function startDockerEngine(options: LabOptions): Promise<DockerEngine> {
  const paths = labPaths(options.dir);
  const report = options.report ?? (() => undefined);
  await requireLab(report);
  const { env, reused } = await withLabLock(paths, () => bringUp(paths, report));
  const dockerHost = `unix://${paths.dockerSocket}`;
  return {
    dockerHost,
    env: { ...env, DOCKER_HOST: dockerHost },
    reused,
    stop: async () => {
      if (!reused) await stopLab({ dir: paths.dir });
    },
  };
}

/** {@link startDockerEngine} for who holds the lock. */
export async function bringUp(
  paths: LabPaths,
  report: (line: string) => void,
): Promise<{ env: { DOCKER_CONFIG: string; PATH?: string }; reused: boolean }> {
  const current = await rootIsCurrent(paths);
  if (current && (await answers(paths))) return { env: await makeClient(paths), reused: true };
  await stopDaemons(paths);
  if (!current) await makeRoot(paths, report);
  try {
    await mountLab(paths);
    await copyFile('/etc/resolv.conf', join(paths.root, 'etc/resolv.conf'));
    const bridge = await makeBridge(paths);
    await startDaemon({
      root: paths.root,
      log: paths.dockerLog,
      command: ['/usr/sbin/dockerd', '--host=unix:///run/docker.sock', `--bridge=${bridge}`],
    });
    await waitForDaemon({
      name: 'dockerd',
      ready: () => answers(paths),
      alive: async () => (await processesIn(paths.root)).some(({ name }) => name === 'dockerd'),
      log: paths.dockerLog,
    });
  } catch (error) {
    await stopDaemons(paths);
    throw error;
  }
  return { env: await makeClient(paths), reused: false };
}

/** Whether the lab's dockerd answers. */
export async function answers(paths: LabPaths): Promise<boolean> {
  try {
    await access(paths.dockerSocket);
  } catch {
    return false;
  }
  const args = [paths.root, 'docker', '--host=unix:///run/docker.sock', 'version', '--format={{.Server.Version}}'];
  return (
    (await exec({ command: 'chroot', args }, { reject: false, timeoutMs: 20_000 }).catch(() => undefined))?.exitCode ===
    0
  );
}

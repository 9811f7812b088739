import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, writeFileAtomic } from '@dockyard/exec';
import getPort from 'get-port';
import { requireLab } from './availability.ts';
import { startDaemon, waitForDaemon } from './daemon.ts';
import { bringUp, type LabOptions } from './docker-engine.ts';
import { withLabLock } from './lock.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { endProcesses, processesIn } from './processes.ts';
import { pathWith } from './root.ts';
import { SSHD_FOLDER, sshConfig, sshdConfig, sshWrapper } from './ssh-files.ts';
import { stopDaemons } from './stop.ts';

/** A remote host, as far as its users can tell: a Docker Engine that is reached over ssh. */
export interface SshHost {
  /** `ssh://root@127.0.0.1:port`, for DOCKER_HOST or DOCKYARD_RUNNERS. */
  readonly dockerHost: string;
  /** Environment for docker and ssh: PATH with an `ssh` that uses the lab's key and configuration, and DOCKER_CONFIG with buildx. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether the sshd ran already. */
  readonly reused: boolean;
  /** Stops what this call started: the sshd, and the engine unless that ran before. */
  stop(): Promise<void>;
}

/**
 * Brings up the lab's Docker Engine and an sshd beside it, in the same private root: on 127.0.0.1, a free port, a throw-away key. Takes what
 * runs already; safe when called by several processes at once. Both outlive this process.
 *
 * @throws {UserError} it can't run on this machine, or did not come up
 */
export async function startSshHost(options: LabOptions): Promise<SshHost> {
  const paths = labPaths(options.dir);
  const report = options.report ?? (() => undefined);
  await requireLab(report);
  const { port, engineReused, sshReused, env } = await withLabLock(paths, async () => {
    const { env, reused } = await bringUp(paths, report);
    return { env, engineReused: reused, ...(await bringUpSsh(paths)) };
  });
  return {
    dockerHost: `ssh://root@127.0.0.1:${String(port)}`,
    env: { DOCKER_CONFIG: env.DOCKER_CONFIG, PATH: pathWith(paths) },
    reused: sshReused,
    stop: () =>
      withLabLock(paths, async () => {
        if (!engineReused) await stopDaemons(paths);
        else if (!sshReused) await stopSsh(paths);
      }),
  };
}

async function bringUpSsh(paths: LabPaths): Promise<{ port: number; sshReused: boolean }> {
  const port = await runningPort(paths);
  if (port !== undefined) return { port, sshReused: true };
  await stopSsh(paths);
  await makeKeys(paths);
  const chosen = await getPort({ host: '127.0.0.1' });
  await writeFileAtomic(join(paths.root, SSHD_FOLDER, 'sshd_config'), sshdConfig(chosen));
  await writeFileAtomic(join(paths.ssh, 'config'), sshConfig(paths, chosen));
  const hostKey = await readFile(join(paths.root, SSHD_FOLDER, 'host_key.pub'), 'utf8');
  await writeFileAtomic(join(paths.ssh, 'known_hosts'), `[127.0.0.1]:${String(chosen)} ${hostKey}`);
  // sshd insists on its privilege separation folder, which lies on the fresh /run.
  await mkdir(join(paths.root, 'run/sshd'), { recursive: true, mode: 0o755 });
  await startDaemon({
    root: paths.root,
    log: paths.sshLog,
    command: ['/usr/sbin/sshd', '-D', '-e', '-f', `${SSHD_FOLDER}/sshd_config`],
  });
  await waitForDaemon({
    name: 'sshd',
    ready: () => sshAnswers(paths),
    alive: async () => (await processesIn(paths.root)).some(({ name }) => name === 'sshd'),
    log: paths.sshLog,
  });
  await writeFileAtomic(join(paths.ssh, 'port'), String(chosen));
  return { port: chosen, sshReused: false };
}

/** The port of the sshd that answers, if one does. */
async function runningPort(paths: LabPaths): Promise<number | undefined> {
  const port = Number(await readFile(join(paths.ssh, 'port'), 'utf8').catch(() => ''));
  if (port === 0 || !(await processesIn(paths.root)).some(({ name }) => name === 'sshd')) return undefined;
  return (await sshAnswers(paths)) ? port : undefined;
}

/**
 * Opens the shared connection in the background unless it is open: were it opened by some docker command instead, it would belong to that
 * command's process group and end with it, under everybody else.
 */
async function sshAnswers(paths: LabPaths): Promise<boolean> {
  const ssh = async (...args: string[]) =>
    (
      await exec(
        { command: 'ssh', args: ['-F', join(paths.ssh, 'config'), ...args] },
        { reject: false, timeoutMs: 30_000 },
      ).catch(() => undefined)
    )?.exitCode === 0;
  if (await ssh('-O', 'check', 'lab')) return ssh('lab', 'true');
  return ssh('-o', 'ControlPersist=yes', '-M', '-N', '-f', 'lab');
}

async function makeKeys(paths: LabPaths): Promise<void> {
  const inRoot = join(paths.root, SSHD_FOLDER);
  await mkdir(paths.ssh, { recursive: true, mode: 0o700 });
  await mkdir(inRoot, { recursive: true, mode: 0o755 });
  for (const key of [join(paths.ssh, 'key'), join(inRoot, 'host_key')]) {
    await rm(key, { force: true });
    await exec({ command: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', '', '-C', 'dockyard-lab', '-f', key] });
  }
  await copyFile(join(paths.ssh, 'key.pub'), join(inRoot, 'authorized_keys'));
  const wrapper = join(paths.bin, 'ssh');
  await writeFileAtomic(wrapper, sshWrapper(paths, await realSsh(paths)));
  await chmod(wrapper, 0o755);
}

async function realSsh(paths: LabPaths): Promise<string> {
  const { stdout } = await exec({ command: 'which', args: ['-a', 'ssh'] });
  const found = stdout.split('\n').find((path) => path !== join(paths.bin, 'ssh'));
  return found ?? '/usr/bin/ssh';
}

async function stopSsh(paths: LabPaths): Promise<void> {
  await endProcesses(paths.root, ({ name }) => name.startsWith('sshd'), 5_000);
  await rm(join(paths.ssh, 'port'), { force: true });
}

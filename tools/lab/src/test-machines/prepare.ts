import { UserError } from '@dockyard/exec';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MachineKind, UserKind } from './catalog.ts';
import type { HostSettings } from './host-settings.ts';
import { USER } from './roots.ts';
import type { TestMachine } from './start.ts';

/** Where a machine finds the folders that outlive it, and where its user looks for them. */
export const CACHES = { '/srv/npm': '.npm', '/srv/sources': '.cache/dockyard/sources' } as const;

/**
 * Makes a fresh machine that of a user: rights, sessions, the settings of npm, caches that outlive it, a Docker Engine where there is one.
 *
 * @throws {UserError} the Docker Engine does not come up
 */
export async function prepareMachine(
  machine: TestMachine,
  kind: MachineKind,
  user: UserKind,
  settings: HostSettings,
): Promise<void> {
  await must(machine, 'root', preparation(kind, user));
  await must(machine, user, 'umask 077 && cat >.npmrc', settings.npm);
  if (kind.engine === 'docker') await startDocker(machine);
}

/** Script of root's. Pure. */
export function preparation(kind: MachineKind, user: UserKind): string {
  const name = user === 'root' ? 'root' : USER.name;
  const lines = ['set -eu', `home=$(getent passwd ${name} | cut -d: -f6)`, 'hostname "$(cat /etc/hostname)"'];
  for (const [from, to] of Object.entries(CACHES)) {
    lines.push(
      `runuser -u ${name} -- mkdir -p "$home/${to}"`,
      `chown ${name}: ${from}`,
      `mount --bind ${from} "$home/${to}"`,
    );
  }
  if (user === 'sudo')
    lines.push(
      `echo '${name} ALL=(ALL:ALL) NOPASSWD: ALL' >/etc/sudoers.d/${name}`,
      `install -d -m 700 -o ${name} -g ${name} /run/user/${String(USER.uid)}`,
    );
  if (user === 'user' && kind.engine === 'docker') lines.push(`usermod --append --groups docker ${name}`);
  return lines.join('\n');
}

async function startDocker(machine: TestMachine): Promise<void> {
  await must(machine, 'root', 'setsid dockerd >/var/log/dockerd.log 2>&1 </dev/null &');
  const deadline = Date.now() + 120_000;
  while ((await machine.run('root', 'docker version')).exitCode !== 0) {
    if (Date.now() > deadline) {
      const { stdout } = await machine.run('root', 'tail -n 20 /var/log/dockerd.log');
      throw new UserError(`dockerd does not answer within two minutes:\n${stdout}`);
    }
    await sleep(500);
  }
}

async function must(machine: TestMachine, user: UserKind, script: string, input?: string): Promise<void> {
  const result = await machine.run(user, script, input === undefined ? {} : { input });
  if (result.exitCode !== 0)
    throw new UserError(`The machine could not be prepared: ${result.stderr || result.stdout}`);
}

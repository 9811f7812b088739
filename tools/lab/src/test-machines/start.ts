import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type CommandResult, exec, type ExecOptions, UserError } from '@dockyard/exec';
import { removeTree } from '../mounts.ts';
import type { MachineKind, UserKind } from './catalog.ts';
import { makeCgroups, removeCgroups } from './cgroups.ts';
import type { HostSettings } from './host-settings.ts';
import { USER } from './roots.ts';

const INIT = fileURLToPath(new URL('init.sh', import.meta.url));

/** Address of this machine's name server, as slirp4netns answers it. */
const NAME_SERVER = '10.0.2.3';

export interface StartOptions {
  readonly kind: MachineKind;
  /** Its root; never written to. */
  readonly root: string;
  /** Folder for what the machine writes; made here, removed when it stops. */
  readonly scratch: string;
  /** Of its cgroup. */
  readonly name: string;
  readonly settings: HostSettings;
  /** Files and folders of this machine by where they are on that one. */
  readonly binds: Readonly<Record<string, string>>;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** A machine that runs: a root of its own, and processes, network, devices, cgroups and file systems that go with it. */
export interface TestMachine {
  /**
   * Runs a shell script in the home of a user, in the environment that a login gives.
   *
   * @param user whose; the one user with and without rights is the same person
   * @returns how it ended, whichever way it did
   */
  run(user: UserKind, script: string, options?: ExecOptions & { readonly input?: string }): Promise<CommandResult>;
  /** Where a path of the home of a user lies on this machine. */
  home(user: UserKind, path: string): string;
  /** Ends all that runs on it, and removes it. */
  stop(): Promise<void>;
}

/**
 * Starts a machine in namespaces of its own, with a network that reaches what this machine reaches. It ends when this process ends, however that happens,
 * and then nothing of it is mounted or runs.
 *
 * @throws {UserError} it does not come up
 */
export async function startTestMachine(o: StartOptions): Promise<TestMachine> {
  await mkdir(join(o.scratch, 'upper/etc'), { recursive: true });
  await prepareFiles(join(o.scratch, 'upper'), o);
  const cgroups = await makeCgroups(o.name);
  const end = new AbortController();
  const signal = o.signal === undefined ? end.signal : AbortSignal.any([end.signal, o.signal]);
  const printed: string[] = [];
  let ended = false;
  const running: Promise<unknown>[] = [];
  const keep = (command: string, args: readonly string[], onLine?: (line: string) => void): void => {
    const run = exec(
      { command, args, cwd: '/' },
      { signal, reject: false, ...(onLine === undefined ? {} : { onLine }) },
    );
    running.push(run.catch(() => undefined).finally(() => (ended = true)));
  };
  const stop = async (): Promise<void> => {
    end.abort();
    await Promise.all(running);
    await removeCgroups(o.name);
    await removeTree(o.scratch);
  };
  try {
    keep('setpriv', ['--pdeathsig', 'KILL', ...initArguments(o, cgroups)], (line) => printed.push(line));
    const pid = await waitFor(() => {
      const line = printed.find((text) => text.startsWith('ready '));
      return Promise.resolve(line?.slice('ready '.length));
    });
    keep(
      'setpriv',
      ['--pdeathsig', 'KILL', 'slirp4netns', '--configure', '--mtu=65520', '--disable-host-loopback', pid, 'tap0'],
      (line) => printed.push(line),
    );
    // Its default route is the last thing that it gets.
    await waitFor(async () => {
      const routes = await readFile(`/proc/${pid}/net/route`, 'utf8').catch(() => '');
      return /^tap0\t00000000\t/m.test(routes) ? routes : undefined;
    });
    return {
      run: (user, script, options = {}) => {
        const { input, ...rest } = options;
        const [program = '', ...args] = inCgroups(cgroups, [
          'nsenter',
          ...enterArguments(pid, user, script, o.settings.env),
        ]);
        const command = { command: program, args, cwd: '/' };
        return exec({ ...command, ...(input === undefined ? {} : { input }) }, { reject: false, signal, ...rest });
      },
      home: (user, path) => join(o.scratch, 'data', homeOf(user), path),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }

  async function waitFor<T>(look: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      o.signal?.throwIfAborted();
      if (ended || Date.now() > deadline)
        throw new UserError(`The machine ${o.kind.name} did not come up:\n${printed.join('\n')}`, {
          hint: 'It needs overlayfs, namespaces of every kind, and /dev/net/tun.',
        });
      await sleep(50);
    }
  }
}

/**
 * Arguments of the command that becomes a machine. Golden.
 *
 * @param o the machine
 * @param cgroups files that take the process id
 */
export function initArguments(
  o: Pick<StartOptions, 'kind' | 'root' | 'scratch' | 'binds'>,
  cgroups: readonly string[],
): string[] {
  const namespaces = ['mount', 'pid', 'net', 'uts', 'ipc', 'cgroup'].map((name) => `--${name}`);
  return inCgroups(cgroups, [
    ...['unshare', ...namespaces, '--propagation', 'private', '--fork', '--kill-child'],
    ...['sh', INIT, o.root, o.scratch, o.kind.cgroups],
    ...Object.entries(o.binds).flatMap(([target, source]) => [source, target]),
  ]);
}

/** Who only entered the namespace of cgroups would still be in those of this machine, and be told of paths that lead out of it. */
function inCgroups(files: readonly string[], command: readonly string[]): string[] {
  const script = 'for file; do shift; [ "$file" = -- ] && break; echo $$ >"$file"; done; exec "$@"';
  return ['sh', '-c', script, 'sh', ...files, '--', ...command];
}

/**
 * Arguments of nsenter for a script of a user. Golden.
 *
 * @param pid of the machine's first process
 * @param user whose script
 * @param script of a shell
 * @param env added to what a login sets
 */
export function enterArguments(
  pid: string,
  user: UserKind,
  script: string,
  env: Readonly<Record<string, string>>,
): string[] {
  const namespaces = ['mount', 'pid', 'net', 'uts', 'ipc', 'cgroup', 'root', 'wd'].map((name) => `--${name}`);
  const name = user === 'root' ? 'root' : USER.name;
  const home = homeOf(user);
  const path =
    user === 'root'
      ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
      : '/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games';
  // A desktop or ssh session has one; who comes by `su` has not.
  const session = user === 'sudo' ? { XDG_RUNTIME_DIR: `/run/user/${String(USER.uid)}` } : {};
  const variables = {
    HOME: home,
    USER: name,
    LOGNAME: name,
    SHELL: '/bin/bash',
    PATH: path,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    ...session,
    ...env,
  };
  return [
    ...['--target', pid, ...namespaces, '--', 'runuser', '--user', name, '--'],
    ...[
      'env',
      '--ignore-environment',
      `--chdir=${home}`,
      ...Object.entries(variables).map(([key, value]) => `${key}=${value}`),
    ],
    ...['sh', '-c', script],
  ];
}

function homeOf(user: UserKind): string {
  return user === 'root' ? '/root' : `/home/${USER.name}`;
}

async function prepareFiles(upper: string, { kind, settings }: StartOptions): Promise<void> {
  const name = kind.name;
  const texts: Record<string, string> = {
    'etc/hostname': `${name}\n`,
    'etc/hosts': `127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n127.0.1.1 ${name}\n`,
    'etc/resolv.conf': `nameserver ${NAME_SERVER}\n`,
    'etc/apt/apt.conf.d/90-network': settings.apt,
    // Without it a Docker Engine can't export OCI layouts.
    ...(kind.engine === 'docker' ? { 'etc/docker/daemon.json': '{"features":{"containerd-snapshotter":true}}\n' } : {}),
  };
  for (const [path, text] of Object.entries(texts)) {
    await mkdir(dirname(join(upper, path)), { recursive: true });
    await writeFile(join(upper, path), text);
  }
  for (const path of settings.files) {
    await mkdir(dirname(join(upper, path)), { recursive: true });
    await copyFile(path, join(upper, path));
  }
}

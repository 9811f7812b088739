import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandResult, exec, UserError } from '@dockyard/exec';
import { requireLab } from '../availability.ts';
import { withLabLock } from '../lock.ts';
import { removeTree, unmountBelow } from '../mounts.ts';
import { labFolder, labPaths } from '../paths.ts';
import { type Link, linkOf, makeLink, removeLink } from './link.ts';
import { type Relay, startRelay } from './relay.ts';

const SUITE = 'trixie';
const PACKAGES = ['systemd-sysv', 'openssh-server', 'iproute2', 'ca-certificates'];

export interface MachineOptions {
  /** Says which machine it is; two of one name are the same. */
  readonly name: string;
  /** The lab's folder; by default the one that all tests share. */
  readonly dir?: string;
  /** Bytes of the file system of its /var/lib; as large as the disk here by default. */
  readonly varLib?: number;
  /** Called with a line about each slow step; silent by default. */
  readonly report?: (line: string) => void;
}

/** A machine that has booted: its own systemd, sshd and network, this machine's kernel. */
export interface Machine extends Pick<Link, 'near' | 'far' | 'namespace' | 'device'> {
  /** `ssh://root@[…]` */
  readonly address: string;
  /** Its / as a folder here. */
  readonly root: string;
  /** PATH with an `ssh` that knows its key and host key. */
  readonly env: Readonly<Record<string, string>>;
  /** Runs a shell script on it over ssh, as root; never throws for what the script returns. */
  run(script: string): Promise<CommandResult>;
  /** Waits until its sshd answers, as after a reboot. */
  answers(): Promise<void>;
  /** Turns it off and removes it. */
  stop(): Promise<void>;
}

/**
 * Boots a bare Debian 13 under systemd-nspawn, in a network of its own that has IPv6 only. Debian's packages reach it through relays on this
 * machine. It ends when this process ends, however that happens.
 *
 * @param options name, hosts, file system
 * @throws {UserError} it can't be had on this machine, or does not boot
 */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const report = options.report ?? (() => undefined);
  const paths = labPaths(options.dir ?? labFolder());
  await requireLab(report, { 'systemd-nspawn': 'systemd-container' });
  const folder = join(paths.dir, 'machines', options.name);
  const root = join(folder, 'root');
  const bare = join(paths.dir, 'machine-root');
  await withLabLock(paths, () => makeBareRoot(bare, report));
  const link = linkOf(folder);
  await removeTree(folder);
  await mkdir(folder, { recursive: true });
  await exec({ command: 'cp', args: ['-a', '--reflink=auto', bare, root] });
  await makeLink(link);
  const relays: Relay[] = [];
  const end = new AbortController();
  let ended = false;
  let running: Promise<unknown> = Promise.resolve();
  const turnOff = async (): Promise<void> => {
    end.abort();
    await running;
    await emptied(link);
    for (const relay of relays) await relay.stop();
    await removeLink(link);
    await unmountBelow(folder);
  };
  try {
    const mirrors = await startMirrors(root, link, relays);
    await writeFile(join(root, 'etc/hosts'), ['::1 localhost', ...mirrors, ''].join('\n'));
    const wrapper = await writeKeys(folder, root, link);
    if (options.varLib !== undefined) await mountVarLib(folder, root, options.varLib);
    running = boot(root, link, { signal: end.signal, logFile: join(folder, 'console.log') }).finally(
      () => (ended = true),
    );
    const ssh = (script: string): Promise<CommandResult> =>
      exec({ command: wrapper, args: [`root@${link.far}`, 'sh', '-s'], input: script }, { reject: false });
    const answers = async (): Promise<void> => {
      const deadline = Date.now() + 60_000;
      while ((await ssh('true')).exitCode !== 0) {
        if (ended || Date.now() > deadline)
          throw new UserError(`The machine ${options.name} did not boot.`, {
            hint: `Its console: ${join(folder, 'console.log')}`,
          });
        await sleep(500);
      }
    };
    await answers();
    return {
      ...link,
      root,
      address: `ssh://root@[${link.far}]`,
      env: { PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}` },
      run: ssh,
      answers,
      stop: async () => {
        await turnOff();
        await removeTree(folder);
      },
    };
  } catch (error) {
    // Its folder stays: the console's log is in it.
    await turnOff();
    throw error;
  }
}

/** What systemd-nspawn ends with where the machine wants to boot again. */
const REBOOT = 133;

async function boot(root: string, link: Link, options: { signal: AbortSignal; logFile: string }): Promise<void> {
  const args = ['--pdeathsig', 'TERM', 'systemd-nspawn', ...nspawnArguments(root, link)];
  // The machine has cgroups of version 2, whatever this one has, and sets its network up by itself.
  const env = { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1', SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network' };
  for (;;) {
    const result = await exec(
      { command: 'setpriv', args, cwd: '/', env },
      { ...options, killAfterMs: 30_000, reject: false },
    ).catch(() => undefined);
    if (result?.exitCode !== REBOOT) return;
  }
}

/** A machine that had to be killed takes a moment to go, and its last processes still write. */
async function emptied({ namespace }: Link): Promise<void> {
  const pids = async (): Promise<string> =>
    (await exec({ command: 'ip', args: ['netns', 'pids', namespace] }, { reject: false })).stdout;
  for (let i = 0; i < 60 && (await pids()) !== ''; i++) await sleep(500);
}

async function makeBareRoot(bare: string, report: (line: string) => void): Promise<void> {
  const mark = `${SUITE} ${PACKAGES.join(' ')}\n`;
  if ((await readFile(join(bare, 'etc/dockyard-lab'), 'utf8').catch(() => undefined)) === mark) return;
  report(`making ${bare} of Debian packages (about a minute)`);
  const partial = `${bare}.partial`;
  await exec({ command: 'rm', args: ['-rf', '--one-file-system', partial, bare] });
  const args = ['--quiet', '--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, partial];
  await exec({ command: 'mmdebstrap', args });
  // systemd-timesyncd and others refuse to start in a container; this one stands for a machine of its own.
  for (const unit of ['systemd-timesyncd.service']) {
    const dropIn = join(partial, 'etc/systemd/system', `${unit}.d`);
    await mkdir(dropIn, { recursive: true });
    await writeFile(join(dropIn, 'lab.conf'), '[Unit]\nConditionVirtualization=\n');
  }
  await exec({
    command: 'ln',
    args: ['-sf', '/dev/null', join(partial, 'etc/systemd/system/systemd-modules-load.service')],
  });
  // As udev makes them; this machine's own may be root's alone.
  await writeFile(
    join(partial, 'etc/tmpfiles.d/lab.conf'),
    'd /dev/net 0755\nc! /dev/net/tun 0666 root root - 10:200\nc! /dev/fuse 0666 root root - 10:229\n',
  );
  await writeFile(join(partial, 'etc/dockyard-lab'), mark);
  await rename(partial, bare);
}

async function mountVarLib(folder: string, root: string, size: number): Promise<void> {
  const image = join(folder, 'var-lib.img');
  const target = join(root, 'var/lib');
  await exec({ command: 'truncate', args: ['-s', String(size), image] });
  await exec({ command: 'mkfs.ext4', args: ['-q', '-F', '-m', '0', '-d', target, image] });
  await exec({ command: 'mount', args: ['-o', 'loop', image, target] });
}

/** One relay for each mirror of its apt, on addresses of their own. */
async function startMirrors(root: string, link: Link, relays: Relay[]): Promise<string[]> {
  const folder = join(root, 'etc/apt');
  const lists = [
    join(folder, 'sources.list'),
    ...(await readdir(join(folder, 'sources.list.d'))).map((name) => join(folder, 'sources.list.d', name)),
  ];
  const texts = await Promise.all(lists.map((list) => readFile(list, 'utf8').catch(() => '')));
  const names = new Set(
    texts.flatMap((text) => [...text.matchAll(/http:\/\/([\w.-]+)/g)].map(([, name = '']) => name)),
  );
  const lines: string[] = [];
  for (const [i, name] of [...names].entries()) {
    const address = link.near.replace(/::1$/, `::80:${String(i + 1)}`);
    await exec({ command: 'ip', args: ['address', 'add', `${address}/64`, 'dev', link.device, 'nodad'] });
    relays.push(await startRelay({ address, port: 80, to: { host: name, port: 80 } }));
    lines.push(`${address} ${name}`);
  }
  return lines;
}

async function writeKeys(folder: string, root: string, link: Link): Promise<string> {
  const key = join(folder, 'key');
  await exec({ command: 'ssh-keygen', args: ['-q', '-t', 'ed25519', '-N', '', '-f', key] });
  await mkdir(join(root, 'root/.ssh'), { recursive: true, mode: 0o700 });
  await writeFile(join(root, 'root/.ssh/authorized_keys'), await readFile(`${key}.pub`));
  const hostKey = await readFile(join(root, 'etc/ssh/ssh_host_ed25519_key.pub'), 'utf8');
  await writeFile(join(folder, 'known_hosts'), `${link.far} ${hostKey}`);
  await writeFile(
    join(folder, 'config'),
    `Host *\n  IdentityFile ${key}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${folder}/known_hosts\n  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 10\n  LogLevel ERROR\n`,
  );
  const { stdout } = await exec({ command: 'sh', args: ['-c', 'command -v ssh'] });
  const wrapper = join(folder, 'bin/ssh');
  await mkdir(join(folder, 'bin'));
  await writeFile(wrapper, `#!/bin/sh\nexec ${stdout.trim()} -F '${folder}/config' "$@"\n`);
  await chmod(wrapper, 0o755);
  return wrapper;
}

function nspawnArguments(root: string, link: Link): string[] {
  return [
    ...['--quiet', '--boot', '--directory', root, '--register=no', '--keep-unit', '--console=pipe'],
    ...['--resolv-conf=off', `--network-namespace-path=/run/netns/${link.namespace}`],
    // What engines need, as on a machine of its own.
    ...['--capability=all', '--system-call-filter=@keyring bpf'],
  ];
}

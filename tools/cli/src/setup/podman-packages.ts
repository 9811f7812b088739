import { exec } from '@dockyard/exec';
import { cancellation } from '../cancellation.ts';

/** Podman and what it runs with on Debian and Ubuntu; not every release has every one of them. */
const WANTED = [
  'podman',
  'runc',
  'netavark',
  'aardvark-dns',
  'conmon',
  'iptables',
  'slirp4netns',
  'uidmap',
  'fuse-overlayfs',
] as const;

/** Runs a command as root: itself where we are root, with `sudo -n` elsewhere. */
export function asRoot(uid: number, command: string, args: readonly string[]): { command: string; args: string[] } {
  return uid === 0 ? { command, args: [...args] } : { command: 'sudo', args: ['-n', command, ...args] };
}

/**
 * Runs apt-get as root, asking nothing; waits for another apt that holds the lock.
 *
 * @param uid ours
 * @param args such as `install --yes podman`
 * @throws {CommandError} apt-get failed
 */
export async function aptGet(uid: number, ...args: readonly string[]): Promise<void> {
  // sudo drops most of the environment, so `env` sets it on the other side.
  const fixed = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300'];
  await exec(asRoot(uid, 'env', [...fixed, ...args]), { signal: cancellation.signal });
}

/**
 * Installs Podman with apt-get, each step announced.
 *
 * @param uid ours
 * @param announce called with a line before each step
 * @throws {CommandError} apt-get failed
 */
export async function installPodman(uid: number, announce: (line: string) => void): Promise<void> {
  announce('refreshing the list of packages: apt-get update');
  await aptGet(uid, 'update');
  const { stdout } = await exec(
    { command: 'apt-cache', args: ['show', '--no-all-versions', ...WANTED] },
    { reject: false },
  );
  const packages = available(stdout);
  announce(`installing ${packages.join(' ')}: apt-get install --no-install-recommends`);
  await aptGet(uid, 'install', '--yes', '--no-install-recommends', ...packages);
}

/** Which of the wanted packages `apt-cache show` printed. */
export function available(shown: string): string[] {
  const names = new Set([...shown.matchAll(/^Package: (\S+)$/gm)].map((match) => match[1]));
  return WANTED.filter((name) => names.has(name));
}

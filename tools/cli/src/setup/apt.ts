import { CommandError, exec, UserError } from '@dockyard/exec';
import { cancellation } from '../cancellation.ts';
import { findProgram } from './facts.ts';

/** A package as apt would install it. */
export interface AptPackage {
  readonly version: string;
  readonly recommends: readonly string[];
}

/** Runs a command as root: itself where we are root, with `sudo -n` elsewhere. */
export function asRoot(uid: number, command: string, args: readonly string[]): { command: string; args: string[] } {
  return uid === 0 ? { command, args: [...args] } : { command: 'sudo', args: ['-n', command, ...args] };
}

/**
 * Runs apt-get as root, asking nothing; waits for another apt that holds the lock.
 *
 * @param uid ours
 * @param args such as `install --yes podman`
 * @throws {UserError} apt-get failed: what it said, and what mends it
 */
export async function aptGet(uid: number, ...args: readonly string[]): Promise<void> {
  // sudo drops most of the environment, so `env` sets it on the other side.
  const fixed = ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300'];
  try {
    await exec(asRoot(uid, 'env', [...fixed, ...args]), { signal: cancellation.signal });
  } catch (error) {
    if (!(error instanceof CommandError) || error.aborted) throw error;
    throw new UserError(`apt-get ${args.join(' ')} failed:\n${error.stderr.trim()}`, {
      hint: aptAdvice(error.stderr),
      cause: error,
    });
  }
}

/** What mends a failure of apt-get, by what it printed. */
export function aptAdvice(said: string): string {
  if (/no space left on device|not enough free space|enough free space/i.test(said))
    return 'The disk is full: make room (apt-get clean frees some) and run it again; what was begun is taken up.';
  if (
    /could not resolve|temporary failure|failed to fetch|connection (failed|timed out|refused)|unable to connect/i.test(
      said,
    )
  )
    return "Packages can't be fetched: look at the network, a proxy, and apt's sources; then run it again.";
  if (/dpkg was interrupted/i.test(said))
    return 'An earlier installation was interrupted: dpkg --configure -a, as root, ends it.';
  if (/read-only file system/i.test(said))
    return 'This system can be read only, so nothing can be installed into it: have it made with Podman in it.';
  return 'Once that is mended, run it again.';
}

/** What apt knows of packages, by name; nothing of those that it doesn't have, or before its first update. */
export async function aptPackages(names: readonly string[]): Promise<ReadonlyMap<string, AptPackage>> {
  const { stdout } = await exec(
    { command: 'apt-cache', args: ['show', '--no-all-versions', ...names] },
    { reject: false },
  );
  return parsePackages(stdout);
}

/** Reads what `apt-cache show` prints: the first of several versions is the one that apt would take. */
export function parsePackages(shown: string): Map<string, AptPackage> {
  const packages = new Map<string, AptPackage>();
  for (const stanza of shown.split(/\n\n+/)) {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
    const name = field('Package');
    if (name === '' || packages.has(name)) continue;
    const recommends = field('Recommends').split(/[,|]/);
    packages.set(name, {
      version: field('Version'),
      recommends: recommends.map((text) => text.trim().split(/[ (:]/)[0] ?? '').filter((text) => text !== ''),
    });
  }
  return packages;
}

/** Which of some packages aren't installed. */
export async function missingPackages(names: readonly string[]): Promise<string[]> {
  const { stdout } = await exec(
    { command: 'dpkg-query', args: ['--show', '--showformat', '${db:Status-Status} ${Package}\\n', ...names] },
    { reject: false },
  );
  const installed = new Set(stdout.split('\n').map((line) => /^installed (\S+)$/.exec(line)?.[1]));
  return names.filter((name) => !installed.has(name));
}

/** Whether this is a machine whose packages are apt's. */
export async function hasApt(): Promise<boolean> {
  return process.platform === 'linux' && (await findProgram('apt-get')) !== undefined;
}

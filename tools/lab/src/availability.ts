import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { exec, UserError } from '@dockyard/exec';

/** Whether this machine can hold a lab, and if not, why. */
export type Availability = { readonly available: true } | { readonly available: false; readonly reason: string };

/** What {@link judgeAvailability} judges. */
export interface MachineFacts {
  /** As `process.platform`. */
  readonly system: string;
  readonly uid: number;
  /** Effective Linux capabilities, as in `/proc/self/status`. */
  readonly capabilities: bigint;
  /** Programs that were found on the PATH. */
  readonly programs: ReadonlySet<string>;
}

const CAP_SYS_CHROOT = 1n << 18n;
const CAP_SYS_ADMIN = 1n << 21n;
const CAP_NET_ADMIN = 1n << 12n;
const NEEDED = CAP_SYS_CHROOT | CAP_SYS_ADMIN | CAP_NET_ADMIN;

/** From the package that Debian and Ubuntu install everywhere; what it offers beyond them is installed on demand. */
const PROGRAMS = ['apt-get', 'start-stop-daemon', 'chroot', 'mount', 'umount', 'unshare', 'pivot_root'] as const;
const PACKAGES = { mmdebstrap: 'mmdebstrap', ssh: 'openssh-client', 'ssh-keygen': 'openssh-client' } as const;

/**
 * Tells whether a lab can run on such a machine. Pure.
 *
 * @param facts the machine
 * @returns the first thing that is in the way, as a sentence for a person
 */
export function judgeAvailability(facts: MachineFacts): Availability {
  const no = (reason: string): Availability => ({ available: false, reason });
  if (facts.system !== 'linux') return no(`the lab needs Linux; this machine runs ${facts.system}`);
  if (facts.uid !== 0) return no(`the lab mounts and uses chroot, so it needs root; this is user ${String(facts.uid)}`);
  if ((facts.capabilities & NEEDED) !== NEEDED)
    return no('this root may not mount or make network interfaces (a container without --privileged?)');
  const missing = PROGRAMS.filter((program) => !facts.programs.has(program));
  if (missing.length > 0) return no(`the lab is made of Debian packages; missing here: ${missing.join(', ')}`);
  return { available: true };
}

/** Tells whether a lab can run on this machine; changes nothing. */
export async function labAvailability(): Promise<Availability> {
  const found = await Promise.all(PROGRAMS.map(async (program) => ((await onPath(program)) ? [program] : [])));
  return judgeAvailability({
    system: process.platform,
    uid: process.getuid?.() ?? -1,
    capabilities: await effectiveCapabilities(),
    programs: new Set(found.flat()),
  });
}

/**
 * Makes sure that a lab can run here, and installs the small host packages that it is made with.
 *
 * @param report called with a line about each slow step
 * @param more programs that are needed besides, and the packages that have them
 * @throws {UserError} it can't run here
 */
export async function requireLab(
  report: (line: string) => void,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const availability = await labAvailability();
  if (!availability.available)
    throw new UserError(`No lab on this machine: ${availability.reason}`, {
      hint: 'Run it as root on Debian or Ubuntu, or set DOCKER_HOST to a Docker Engine that you have.',
    });
  const missing = new Set<string>();
  for (const [program, name] of Object.entries({ ...PACKAGES, ...more }))
    if (!(await onPath(program))) missing.add(name);
  if (missing.size === 0) return;
  report(`installing ${[...missing].join(', ')}`);
  const apt = (...args: string[]) =>
    exec({
      command: 'apt-get',
      args: ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args],
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  await apt('update');
  await apt('install', '--yes', '--no-install-recommends', ...missing);
}

/** Whether a program of that name is on the PATH. */
export async function onPath(program: string): Promise<boolean> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter))
    if (folder !== '' && (await isExecutable(join(folder, program)))) return true;
  return false;
}

/** Whether there is a file that we may execute. */
export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function effectiveCapabilities(): Promise<bigint> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return hex === undefined ? 0n : BigInt(`0x${hex}`);
}

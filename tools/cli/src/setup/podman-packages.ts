import { UserError } from '@dockyard/exec';
import semver from 'semver';
import type { AptPackage } from './apt.ts';

/** What decides which packages Podman takes on a machine. */
export interface PodmanMachine {
  readonly uid: number;
  /** The machine has cgroups v2 only. */
  readonly cgroupsV2: boolean;
}

/** All that may be asked of apt. */
export const CANDIDATES = [
  'podman',
  'crun',
  'runc',
  'netavark',
  'aardvark-dns',
  'iptables',
  'nftables',
  'uidmap',
  'slirp4netns',
  'passt',
] as const;

/** Named build contexts need it. */
const OLDEST_PODMAN = '4.2.0';

/**
 * Decides what is installed with Podman, by what this machine's apt has and says of it: Podman's needs change with its version, and a
 * distribution's packages tell which of them it was built for.
 *
 * @param packages what apt has of {@link CANDIDATES}
 * @param machine ours
 * @returns names, Podman first
 * @throws {UserError} apt has no Podman, or one that is too old
 */
export function podmanPackages(packages: ReadonlyMap<string, AptPackage>, { uid, cgroupsV2 }: PodmanMachine): string[] {
  const podman = packages.get('podman');
  if (podman === undefined)
    throw new UserError("This machine's apt has no podman.", {
      hint: 'Ubuntu has it in `universe`; add that, or install a Docker Engine.',
    });
  const version = semver.coerce(podman.version) ?? new semver.SemVer('0.0.0');
  if (semver.lt(version, OLDEST_PODMAN))
    throw new UserError(`This machine's apt has Podman ${version.version}, and ${OLDEST_PODMAN} or later is needed.`, {
      hint: 'Debian 12, Ubuntu 24.04 and later have one; or install a Docker Engine with buildx.',
    });
  // crun refuses cgroups v1, and v2 beside it.
  const runtime = cgroupsV2 ? 'crun' : 'runc';
  // netavark 1.4 calls iptables and recommends nothing, later ones call nft.
  const firewall = packages.get('netavark')?.recommends.includes('nftables') === true ? 'nftables' : 'iptables';
  // Containers of root have their network from the kernel, and root's ids are all there are.
  const rootless = uid === 0 ? [] : ['uidmap', version.major < 5 ? 'slirp4netns' : 'passt'];
  return ['podman', runtime, 'netavark', 'aardvark-dns', firewall, ...rootless].filter((name) => packages.has(name));
}

/**
 * What a user needs of any Podman that Debian and Ubuntu have, where apt has no list of packages and so doesn't tell which one it is.
 *
 * @param machine ours
 * @returns names, Podman first
 */
export function unknownPodmanPackages({ cgroupsV2 }: PodmanMachine): string[] {
  const not = cgroupsV2 ? 'runc' : 'crun';
  return CANDIDATES.filter((name) => name !== not);
}

/** What an administrator types to install packages. */
export function installCommand(names: readonly string[]): string {
  return `sudo apt-get install --no-install-recommends ${names.join(' ')}`;
}

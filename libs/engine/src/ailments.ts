import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';

/** Something of a machine that keeps an engine from working. */
export interface Ailment {
  /** What is wrong, as a sentence. */
  readonly what: string;
  /** What mends it: a command to type, or a sentence. */
  readonly fix: string;
}

/** Whom a fix is written for. */
export interface Reader {
  /** 0: commands need no sudo. */
  readonly uid: number;
  /** Name of the user. */
  readonly user: string;
  /** First of 65,536 ids that no user has been given. */
  readonly freeIds: number;
}

/** How many ids a user gets, and images have. */
const IDS = 65_536;

/** Who runs this. */
export async function ourselves(): Promise<Reader> {
  const files = await Promise.all(['/etc/subuid', '/etc/subgid'].map((path) => readFile(path, 'utf8').catch(() => '')));
  const { uid, username } = userInfo();
  return { uid, user: username, freeIds: freeIds(files.join('\n')) };
}

/**
 * Finds ids that nobody has.
 *
 * @param given text of /etc/subuid and /etc/subgid: lines of user, first id, number
 */
export function freeIds(given: string): number {
  const ends = [...given.matchAll(/^[^:\n]*:(\d+):(\d+)$/gm)].map(([, start, count]) => Number(start) + Number(count));
  return Math.max(100_000, ...ends);
}

/** Arguments of `usermod` that give a user the ids that images have. */
export function idArguments({ user, freeIds: first }: Reader): string[] {
  const range = `${first}-${first + IDS - 1}`;
  return ['--add-subuids', range, '--add-subgids', range, user];
}

interface Known {
  /** In what an engine prints. */
  readonly says: RegExp;
  readonly what: string;
  /** Debian's package of what is missing. */
  readonly debianPackage?: string;
  /** Command for root. */
  readonly command?: (reader: Reader) => string;
  readonly advice?: string;
}

function giveIds(reader: Reader): string {
  return `usermod ${idArguments(reader).join(' ')}`;
}

// Looked through in this order: where a firewall's program is missing, netavark is named in the same breath.
const KNOWN: readonly Known[] = [
  {
    says: /no space left on device|disk quota exceeded/i,
    what: 'The disk is full.',
    advice: 'Make room where the engine keeps its images.',
  },
  {
    says: /cgroups?[ -]?v1[^\n]*(no longer |not )support|requires? cgroups?[ -]?v2/i,
    what: 'Podman 6 runs with cgroups v2 only, and this machine has v1.',
    advice:
      'Start the machine with the kernel parameter systemd.unified_cgroup_hierarchy=1. Until then root can open a shell in which Podman runs: ' +
      'unshare --mount sh -c "umount -R /sys/fs/cgroup; mount -t cgroup2 cgroup2 /sys/fs/cgroup; exec bash"',
  },
  {
    says: /unable to execute nft|exec: "nft"/i,
    what: 'nft is missing, by which Podman makes the networks of containers.',
    debianPackage: 'nftables',
  },
  {
    says: /unable to execute iptables|exec: "iptables"|netavark: No such file or directory/i,
    what: 'iptables is missing, by which Podman makes the networks of containers.',
    debianPackage: 'iptables',
  },
  {
    says: /\/dev\/net\/tun[^\n]*no such (file|device)/i,
    what: 'This machine has no /dev/net/tun, by which containers of a user other than root get a network.',
    command: () => 'modprobe tun',
  },
  {
    says: /\/dev\/net\/tun/,
    what: 'This user may not open /dev/net/tun, by which containers of a user other than root get a network.',
    command: () => 'chmod 666 /dev/net/tun',
  },
  {
    says: /could not find pasta|exec: "pasta"/i,
    what: 'pasta is missing, by which containers of a user other than root get a network.',
    debianPackage: 'passt',
  },
  {
    says: /could not find slirp4netns|exec: "slirp4netns"/i,
    what: 'slirp4netns is missing, by which containers of a user other than root get a network.',
    debianPackage: 'slirp4netns',
  },
  {
    says: /exec: "new[ug]idmap"|cannot find new[ug]idmap/i,
    what: 'newuidmap is missing, which gives a user other than root the ids that images have.',
    debianPackage: 'uidmap',
  },
  {
    says: /insufficient UIDs or GIDs|no sub[ug]id ranges|rootless containers? needs? a range/i,
    what: 'This user has no range of ids in /etc/subuid and /etc/subgid, and images have files of many users.',
    command: giveIds,
  },
  {
    says: /could not find "aardvark|aardvark-dns (binary )?not found/i,
    what: 'aardvark-dns is missing, by which containers find each other by name.',
    debianPackage: 'aardvark-dns',
  },
  {
    says: /could not find "netavark"/i,
    what: 'netavark is missing, by which Podman makes the networks of containers.',
    debianPackage: 'netavark',
  },
  {
    says: /could not find a working conmon|outdated conmon/i,
    what: 'conmon is missing, or too old: it watches the containers of Podman.',
    debianPackage: 'conmon',
  },
  {
    says: /crun[^\n]*cgroup|creating cgroup directory/i,
    what: 'crun refuses the cgroups of this machine; runc takes them.',
    debianPackage: 'runc',
  },
  {
    says: /default OCI runtime "[^"]*" not found|no default OCI runtime/i,
    what: 'Neither runc nor crun is there, which start the containers of Podman.',
    debianPackage: 'runc',
  },
  {
    says: /policy\.json[^\n]*no such file|no policy\.json/i,
    what: 'Podman has no /etc/containers/policy.json.',
    debianPackage: 'golang-github-containers-common',
  },
  {
    says: /pids\.max[^\n]*no such file|cgroup config[^\n]*no such file/i,
    what: "The cgroups of this machine don't limit processes, and Podman asks for a limit.",
    advice: '`npm run setup` writes what Podman needs: pids_limit = 0.',
  },
  {
    says: /rlimit|RLIMIT/,
    what: 'Podman asks for higher limits than this machine allows.',
    advice:
      '`npm run setup` as root writes what Podman needs: default_ulimits = [] in /etc/containers/containers.conf.d.',
  },
  {
    says: /cannot clone|cannot re-exec|user namespaces are not enabled|newuidmap: write to uid_map failed|unshare[^\n]*not permitted/i,
    what: 'This machine lets users other than root make no user namespaces.',
    command: () =>
      'sysctl -w user.max_user_namespaces=65536 kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0',
  },
];

/**
 * Recognises what keeps an engine from working.
 *
 * @param output what it printed
 * @param reader whom the fix is for
 * @returns undefined where it is nothing that is known
 */
export function ailmentOf(output: string, reader: Reader): Ailment | undefined {
  const known = KNOWN.find(({ says }) => says.test(output));
  return known && { what: known.what, fix: fixOf(known, reader) };
}

/** What is wrong where a user other than root has too few ids. */
export function withoutIds(reader: Reader): Ailment {
  return {
    what: 'this user has no range of 65,536 ids in /etc/subuid and /etc/subgid, and images have files of many users',
    fix: asRoot(giveIds(reader), reader),
  };
}

/** What is wrong where containers don't find each other: podman says nothing of it, and starts them all the same. */
export function withoutNames(reader: Reader): Ailment {
  return {
    what: 'aardvark-dns is missing, by which containers find each other by name',
    fix: install('aardvark-dns', reader),
  };
}

function fixOf({ debianPackage, command, advice = '' }: Known, reader: Reader): string {
  if (debianPackage !== undefined) return install(debianPackage, reader);
  return command === undefined ? advice : asRoot(command(reader), reader);
}

function install(debianPackage: string, reader: Reader): string {
  const command = asRoot(`apt-get install --no-install-recommends ${debianPackage}`, reader);
  return `${command} (Debian, Ubuntu; elsewhere the package has a like name)`;
}

function asRoot(command: string, { uid }: Reader): string {
  return uid === 0 ? command : `sudo ${command}`;
}

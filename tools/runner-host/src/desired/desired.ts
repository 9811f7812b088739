import { randomBytes } from 'node:crypto';
import type { Gitlab, Host, HostRunner, Trust } from '@dockyard/inventory';
import type { Facts } from '../observed.ts';
import type { Footprint } from '../probe.ts';
import { DISK_TIMER, DISK_UNIT, diskScript } from '../rendered/disk.ts';
import { daemonJson } from '../rendered/docker.ts';
import { FIREWALL_UNIT, firewallRules } from '../rendered/firewall.ts';
import { MASKED_TOKEN, runnerConfig, runnerUnit } from '../rendered/runner.ts';
import {
  aptSource,
  containersConf,
  JOURNAL,
  PACKAGED_RUNNER,
  SSHD,
  sysctl,
  timeServers,
  UPGRADES,
} from '../rendered/system.ts';
import type { Area, ManagedFile, Resource, Unit } from '../resource.ts';

/** What a host should have depends on. */
export interface Intent {
  readonly host: Host;
  readonly gitlab?: Gitlab;
  /** ASCII-armored key of the repository of gitlab-runner. */
  readonly repositoryKey?: string;
  /** Runner authentication tokens that are known here. */
  readonly tokens: Partial<Record<Trust, string>>;
}

/** The user that runs the runner of a trust level, and its home. */
export function runnerUser(trust: Trust): { name: string; home: string; subordinate?: number } {
  return {
    name: `dockyard-${trust}`,
    home: `/var/lib/dockyard-${trust}`,
    ...(trust === 'unprotected' ? { subordinate: 1_100_000 } : {}),
  };
}

/** Whether the host needs a Docker Engine. */
export function needsDocker(host: Host): boolean {
  return host.developers !== undefined || host.runners.some(({ trust }) => trust === 'protected');
}

/** The tags that a runner must have in GitLab. */
export function runnerTags(host: Host, runner: HostRunner): string[] {
  const suffixes = host.platforms.map((platform) => platform.replace('linux/', '').replace('arm/v7', 'armv7'));
  return [...suffixes, runner.trust];
}

/** Jobs at a time where the inventory doesn't say: two cores and 4 GB each. */
export function defaultConcurrency({ cores, memory }: Pick<Facts, 'cores' | 'memory'>): number {
  return Math.max(1, Math.min(Math.floor(cores / 2), Math.floor(memory / 4e9)));
}

const KEY = '/etc/apt/keyrings/dockyard-gitlab.asc';
const PACKAGES = ['ca-certificates', 'nftables', 'systemd-timesyncd', 'unattended-upgrades', 'util-linux'];
const DOCKER = ['docker.io', 'docker-buildx', 'iptables', 'git'];
/** Ubuntu has the client in docker.io. */
const DEBIAN_DOCKER = ['docker-cli'];
const PODMAN = ['podman', 'crun', 'uidmap', 'slirp4netns', 'passt', 'netavark', 'aardvark-dns', 'catatonit'];
const BUS = ['dbus', 'dbus-user-session', 'libpam-systemd'];
const SESSIONS = ['dbus.socket', 'systemd-logind.service'];

/**
 * Says all that a host should have, in the order in which it is made. Pure, but for a new random prefix where the host keeps none.
 *
 * @param intent what the inventory says
 * @param facts what the host is
 */
export function desired(intent: Intent, facts: Facts): Resource[] {
  const { host } = intent;
  const docker = needsDocker(host);
  const unprotected = host.runners.some(({ trust }) => trust === 'unprotected');
  const prefix = facts.prefix ?? newPrefix();
  const rootless = runnerUser('unprotected');
  // Its user stays when the inventory names no such runner any more, and the last jobs go on for a while.
  const confined = unprotected || facts.rootlessUid !== undefined;
  // Of Debian's pools only that of number 2 has IPv6 addresses.
  const servers =
    host.timeServers.length === 0 && host.network === 'ipv6' ? ['2.debian.pool.ntp.org'] : host.timeServers;
  return [
    ...repository(intent),
    { kind: 'packages', area: 'packages', names: [...PACKAGES, ...(unprotected ? BUS : [])] },
    // A minimal system booted without them; rootless containers need a user manager, and Podman's own units the bus.
    ...(unprotected ? SESSIONS.map((name) => unit('users', name)) : []),
    {
      kind: 'packages',
      area: 'packages',
      names: [
        ...(docker ? DOCKER : []),
        ...(docker && facts.system === 'debian' ? DEBIAN_DOCKER : []),
        ...(unprotected ? PODMAN : []),
        ...(host.runners.length > 0 ? ['gitlab-runner'] : []),
      ],
    },
    ...host.runners.map(({ trust }): Resource => ({ kind: 'user', area: 'users', ...runnerUser(trust) })),
    file('upgrades', '/etc/apt/apt.conf.d/52dockyard', UPGRADES),
    unit('upgrades', 'apt-daily.timer'),
    unit('upgrades', 'apt-daily-upgrade.timer'),
    servers.length > 0 ? file('time', TIME, timeServers(servers)) : absent('time', TIME),
    unit('time', 'systemd-timesyncd.service', [TIME]),
    file('logs', JOURNALD, JOURNAL),
    unit('logs', 'systemd-journald.service', [JOURNALD]),
    ...(docker
      ? [
          file('network', '/etc/dockyard/prefix', `${prefix}\n`),
          file('network', SYSCTL, sysctl(facts.acceptRa > 0 ? facts.uplink : undefined)),
          unit('network', 'systemd-sysctl.service', [SYSCTL]),
          file('engine', DAEMON, daemonJson({ prefix, version: facts.docker })),
          unit('engine', 'docker.service', [DAEMON]),
        ]
      : []),
    ...(unprotected
      ? [
          file('engine', CONTAINERS, containersConf(host.network)),
          unit('engine', 'podman.socket', [], { user: rootless.name }),
        ]
      : []),
    ...disk(intent, docker, confined),
    ...host.runners.flatMap((runner) => runnerResources(intent, runner, facts)),
    ...TRUSTS.filter((trust) => !host.runners.some((runner) => runner.trust === trust)).flatMap(retired),
    file('ssh', SSH, SSHD),
    // Ubuntu's socket starts it.
    unit('ssh', 'ssh.service', [SSH], facts.system === 'ubuntu' ? { onDemand: true } : {}),
    file(
      'firewall',
      RULES,
      firewallRules({
        sshPort: facts.sshPort,
        ...(confined
          ? { jail: { user: facts.rootlessUid ?? rootless.name, subordinate: rootless.subordinate ?? 0 } }
          : {}),
      }),
    ),
    file('firewall', unitPath('dockyard-firewall.service'), FIREWALL_UNIT),
    unit('firewall', 'dockyard-firewall.service', [RULES, unitPath('dockyard-firewall.service')]),
  ];
}

const TIME = '/etc/systemd/timesyncd.conf.d/50-dockyard.conf';
const JOURNALD = '/etc/systemd/journald.conf.d/50-dockyard.conf';
const SYSCTL = '/etc/sysctl.d/60-dockyard.conf';
const DAEMON = '/etc/docker/daemon.json';
const SSH = '/etc/ssh/sshd_config.d/10-dockyard.conf';
const RULES = '/etc/dockyard/firewall.nft';
const DISK = '/usr/local/lib/dockyard/disk';
const PACKAGED = '/etc/systemd/system/gitlab-runner.service.d/50-dockyard.conf';
// Root's, beside the home: what runs as that user can't change it, as it could a file of its own.
const CONTAINERS = '/etc/containers/containers.conf.d/50-dockyard.conf';
const TRUSTS: readonly Trust[] = ['protected', 'unprotected'];

function repository({ host, gitlab, repositoryKey }: Intent): Resource[] {
  if (host.runners.length === 0 || gitlab === undefined) return [];
  return [
    file('runner', PACKAGED, PACKAGED_RUNNER),
    file('packages', KEY, repositoryKey ?? ''),
    file('packages', '/etc/apt/sources.list.d/dockyard-gitlab.sources', aptSource(gitlab.packages, KEY)),
  ];
}

function disk({ host }: Intent, docker: boolean, rootless: boolean): Resource[] {
  const script = diskScript({
    disk: host.disk,
    docker,
    ...(rootless ? { rootless: runnerUser('unprotected') } : {}),
    units: host.runners.map(({ trust }) => runnerUnitName(trust)),
  });
  return [
    file('disk', DISK, script, '0755'),
    file('disk', unitPath('dockyard-disk.service'), DISK_UNIT),
    file('disk', unitPath('dockyard-disk.timer'), DISK_TIMER),
    unit('disk', 'dockyard-disk.timer', [unitPath('dockyard-disk.timer')]),
  ];
}

function runnerResources(intent: Intent, runner: HostRunner, facts: Facts): Resource[] {
  const { host, gitlab, tokens } = intent;
  if (gitlab === undefined) return [];
  const { trust } = runner;
  const { name, home } = runnerUser(trust);
  const docker = trust === 'protected';
  const unitFile = unitPath(runnerUnitName(trust));
  const concurrency = runner.concurrency ?? defaultConcurrency(facts);
  const token = tokens[trust];
  const content = (shown: string): string =>
    runnerConfig({
      name: `${host.name} ${trust}`,
      gitlab,
      runner,
      token: shown,
      tags: runnerTags(host, runner),
      engine: docker ? 'unix:///run/docker.sock' : `unix:///run/user/${rootlessId(facts)}/podman/podman.sock`,
      concurrency,
      memory: Math.floor((facts.memory * 0.9) / concurrency),
      machine: facts.machine,
    });
  const config: ManagedFile = {
    kind: 'file',
    area: 'runner',
    path: `${home}/config.toml`,
    content: content(token ?? MASKED_TOKEN),
    mode: '0600',
    owner: `${name}:${name}`,
    secret: { known: token !== undefined, masked: content(MASKED_TOKEN), variable: tokenVariable(host.name, trust) },
  };
  return [
    config,
    file('runner', unitFile, runnerUnit({ trust, user: name, home, docker })),
    unit('runner', runnerUnitName(trust), [unitFile], { unless: '/run/dockyard/paused' }),
  ];
}

/** What is left of a runner that the inventory doesn't name any more: its token goes with it. */
function retired(trust: Trust): Resource[] {
  return [
    { kind: 'stopped', area: 'runner', name: runnerUnitName(trust) },
    absent('runner', `${runnerUser(trust).home}/config.toml`),
    absent('runner', unitPath(runnerUnitName(trust))),
  ];
}

/** The environment variable that holds a runner's token, such as `DOCKYARD_RUNNER_TOKEN_ARM_1_PROTECTED`. */
export function tokenVariable(host: string, trust: Trust): string {
  return `DOCKYARD_RUNNER_TOKEN_${`${host}_${trust}`.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

function rootlessId(facts: Facts): string {
  return facts.rootlessUid === undefined ? '0' : String(facts.rootlessUid);
}

function runnerUnitName(trust: Trust): string {
  return `dockyard-runner-${trust}.service`;
}

/** What must be looked at, so that everything any host could need can be compared. */
export const FOOTPRINT: Footprint = {
  files: [
    KEY,
    '/etc/apt/sources.list.d/dockyard-gitlab.sources',
    '/etc/apt/apt.conf.d/52dockyard',
    TIME,
    JOURNALD,
    '/etc/dockyard/prefix',
    SYSCTL,
    DAEMON,
    DISK,
    ...['dockyard-disk.service', 'dockyard-disk.timer', 'dockyard-firewall.service'].map(unitPath),
    PACKAGED,
    CONTAINERS,
    ...TRUSTS.flatMap((trust) => [`${runnerUser(trust).home}/config.toml`, unitPath(runnerUnitName(trust))]),
    SSH,
    RULES,
  ],
  packages: [...PACKAGES, ...BUS, ...DOCKER, ...DEBIAN_DOCKER, ...PODMAN, 'gitlab-runner'],
  units: [
    ...SESSIONS,
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'systemd-timesyncd.service',
    'systemd-journald.service',
    'systemd-sysctl.service',
    'docker.service',
    `${runnerUser('unprotected').name}/podman.socket`,
    'dockyard-disk.timer',
    runnerUnitName('protected'),
    runnerUnitName('unprotected'),
    'gitlab-runner.service',
    'ssh.service',
    'dockyard-firewall.service',
  ],
  users: [runnerUser('protected').name, runnerUser('unprotected').name],
};

function file(area: Area, path: string, content: string, mode = '0644'): ManagedFile {
  return { kind: 'file', area, path, content, mode, owner: 'root:root' };
}

function absent(area: Area, path: string): Resource {
  return { kind: 'absent', area, path };
}

function unit(area: Area, name: string, reads: readonly string[] = [], rest: Partial<Unit> = {}): Unit {
  return { kind: 'unit', area, name, reads, ...rest };
}

function unitPath(name: string): string {
  return `/etc/systemd/system/${name}`;
}

/** RFC 4193, section 3.2: 40 random bits behind fd00::/8. */
function newPrefix(): string {
  const hex = `fd${randomBytes(5).toString('hex')}`;
  return [hex.slice(0, 4), hex.slice(4, 8), hex.slice(8)].map((part) => part.replace(/^0+(?=.)/, '')).join(':');
}

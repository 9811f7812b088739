import { formatSize } from '@dockyard/definition';
import type { Host } from '@dockyard/inventory';
import { needsDocker } from './desired/desired.ts';
import type { Observed } from './observed.ts';
import type { Area } from './resource.ts';

/** Something on a host that a plan doesn't mend. */
export interface Ailment {
  readonly area: Area | 'system';
  readonly what: string;
  readonly fix: string;
}

/**
 * Looks for what goes wrong on a host whose files are as they should be; for networks, the classic mistakes of IPv6. Pure.
 *
 * @param now Unix time
 */
export function ailments(host: Host, { facts, packages, units }: Observed, now: number): Ailment[] {
  const found: Ailment[] = [];
  const say = (area: Ailment['area'], what: string, fix: string): void => void found.push({ area, what, fix });
  const docker = needsDocker(host) && packages.has('docker.io');
  const ours = facts.prefix ?? '';

  if (facts.uplink === undefined && host.network === 'ipv6')
    say('network', 'there is no IPv6 default route', 'ask the provider for one; ip -6 route show default');
  if (docker && !facts.forwarding)
    say('network', 'IPv6 is not forwarded, so containers reach nothing', 'systemctl restart systemd-sysctl.service');
  if (facts.forwarding && facts.acceptRa === 1)
    say(
      'network',
      `the kernel forwards and ignores router advertisements on ${facts.uplink ?? 'its uplink'}: the default route will expire`,
      'apply sets accept_ra = 2; restart systemd-sysctl.service',
    );
  if (
    host.network === 'ipv6' &&
    facts.nameservers.length > 0 &&
    !facts.nameservers.some((server) => server.includes(':') || server.startsWith('127.'))
  )
    say('network', 'all name servers have IPv4 addresses', 'give /etc/resolv.conf one that is reached over IPv6');
  if (docker && facts.bridge.length === 0)
    say('engine', "containers of Docker's bridge get no IPv6 address", 'journalctl -u docker.service says why');
  const foreign = facts.bridge.filter((subnet) => !ours || !subnet.startsWith(ours));
  if (docker && foreign.length > 0)
    say(
      'engine',
      `containers get addresses of ${foreign.join(', ')}, not of this host's own prefix`,
      'systemctl restart docker.service; where that changes nothing, look for --fixed-cidr-v6 in its unit',
    );
  if (docker && facts.bridge.length > 0 && !facts.bridge.some((subnet) => facts.masqueraded.includes(subnet)))
    say(
      'network',
      `nothing masquerades ${facts.bridge.join(', ')}: containers reach nothing outside over IPv6`,
      'systemctl restart docker.service',
    );
  if (docker && !facts.engines.some((engine) => /^docker \d/.test(engine)))
    say('engine', 'the Docker Engine does not answer', 'journalctl -u docker.service says why');
  if (!facts.synchronized) say('time', 'the clock is not synchronized', 'timedatectl timesync-status says why');
  if (facts.passwords)
    say('ssh', 'its sshd takes passwords', 'sshd -T shows it; look for a file in /etc/ssh/sshd_config.d before ours');
  if (facts.reached === false)
    say(
      'network',
      'GitLab does not answer it',
      host.network === 'ipv6'
        ? 'has its name an IPv6 address (getent ahostsv6)? If not, the network needs DNS64 and NAT64'
        : 'a name server, a proxy or a firewall on the way',
    );
  const developer = host.developers === undefined ? '' : new URL(host.developers).username;
  if (facts.developer !== undefined && developer !== 'root' && !facts.developer.includes('docker'))
    say(
      'engine',
      `developers can't build: ${developer} ${facts.developer.includes('-') ? 'is no user' : 'is not in the group docker'}`,
      `${facts.developer.includes('-') ? `adduser --disabled-password ${developer}, ` : ''}usermod --append --groups docker ${developer}`,
    );
  if (units.get('gitlab-runner.service')?.active === 'active')
    say(
      'runner',
      'the gitlab-runner.service of its package runs too, as root',
      'systemctl disable --now gitlab-runner.service, unless somebody needs what /etc/gitlab-runner/config.toml says',
    );
  for (const [name, { dropIns }] of units) {
    const added = /^dockyard-[^/]*$/.test(name) ? dropIns.filter((path) => path.includes(`/${name}.d/`)) : [];
    if (added.length > 0)
      say(
        'system',
        `${name} is not as its file says: ${added.join(', ')}`,
        'remove what was added, then systemctl daemon-reload and restart it',
      );
  }
  if (facts.disk.free < host.disk.reserve)
    say(
      'disk',
      `${formatSize(facts.disk.free)} are free, the reserve is ${formatSize(host.disk.reserve)}`,
      'du -xh --max-depth=2 /var says what takes it; lower `budget`, or give it a larger disk',
    );
  if (facts.paused)
    say('runner', 'it takes no jobs: the disk is nearly full', 'it goes on by itself when there is room');
  if (facts.armed)
    say(
      'firewall',
      'a change of firewall or sshd that nobody confirmed is taken back within a minute',
      'an apply runs, or broke off: check again after that minute',
    );
  if (facts.pruned > 0 && now - facts.pruned > 2 * 3600)
    say('disk', 'nothing was pruned for over two hours', 'journalctl -u dockyard-disk.service says why');
  for (const unit of facts.failed) say('system', `${unit} has failed`, `journalctl -u ${unit} says why`);
  if (facts.rebootRequired)
    say('upgrades', 'an upgrade waits for a reboot', 'reboot when no job runs; a running one is lost');
  return found;
}

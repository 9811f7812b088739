import type { Host } from '@dockyard/inventory';
import { describe, expect, it } from 'vitest';
import type { Facts } from '../observed.ts';
import { facts, gitlab, host } from '../testing/hosts.ts';
import type { Resource } from '../resource.ts';
import { defaultConcurrency, desired, FOOTPRINT, tokenVariable } from './desired.ts';

const intent = { host, gitlab, repositoryKey: 'key\n', tokens: { protected: 'glrt-p', unprotected: 'glrt-u' } };

/** The files whose every byte matters, and what they are kept as. */
const GOLDEN: Readonly<Record<string, string>> = {
  '/etc/dockyard/firewall.nft': 'firewall.nft',
  '/etc/systemd/system/dockyard-firewall.service': 'dockyard-firewall.service',
  '/etc/docker/daemon.json': 'daemon.json',
  '/etc/sysctl.d/60-dockyard.conf': 'sysctl.conf',
  '/etc/ssh/sshd_config.d/10-dockyard.conf': 'sshd.conf',
  '/etc/apt/apt.conf.d/52dockyard': 'apt.conf',
  '/etc/apt/sources.list.d/dockyard-gitlab.sources': 'gitlab.sources',
  '/etc/systemd/timesyncd.conf.d/50-dockyard.conf': 'timesyncd.conf',
  '/etc/systemd/journald.conf.d/50-dockyard.conf': 'journald.conf',
  '/usr/local/lib/dockyard/disk': 'disk',
  '/var/lib/dockyard-protected/config.toml': 'protected.toml',
  '/var/lib/dockyard-unprotected/config.toml': 'unprotected.toml',
  '/etc/systemd/system/dockyard-runner-protected.service': 'dockyard-runner-protected.service',
  '/etc/systemd/system/dockyard-runner-unprotected.service': 'dockyard-runner-unprotected.service',
};

function content(resources: readonly Resource[], path: string): string {
  const found = resources.find((resource) => resource.kind === 'file' && resource.path === path);
  return found?.kind === 'file' ? found.content : '';
}

describe('desired', () => {
  it.each(Object.entries(GOLDEN))('writes %s', async (path, name) => {
    await expect(content(desired(intent, facts), path)).toMatchFileSnapshot(`../golden/${name}.golden`);
  });

  it('asks for nothing that the probe does not look at', () => {
    const looked = new Set([...FOOTPRINT.files, ...FOOTPRINT.packages, ...FOOTPRINT.units, ...FOOTPRINT.users]);
    const hosts = [host, { ...host, runners: [] }, { ...host, network: 'dual' as const }];
    const wanted = hosts.flatMap((each) =>
      desired({ ...intent, host: each }, facts).flatMap((resource) => {
        switch (resource.kind) {
          case 'packages':
            return resource.names;
          case 'unit':
            return [resource.user === undefined ? resource.name : `${resource.user}/${resource.name}`];
          case 'user':
          case 'stopped':
            return [resource.name];
          default:
            return [resource.path];
        }
      }),
    );
    expect(wanted.filter((name) => !looked.has(name))).toEqual([]);
  });

  it('gives unprotected jobs neither socket nor privileges nor a volume', () => {
    const config = content(desired(intent, facts), '/var/lib/dockyard-unprotected/config.toml');
    expect(config).not.toMatch(/docker\.sock/);
    expect(config).toMatch(/privileged = false/);
    expect(config).toMatch(/volumes = \[\]/);
  });

  it('installs no Docker Engine where only unprotected jobs run', () => {
    const { developers: _, ...rest } = host;
    const alone = { ...rest, runners: host.runners.filter(({ trust }) => trust === 'unprotected') };
    expect(JSON.stringify(desired({ ...intent, host: alone }, facts))).not.toMatch(
      /docker\.io|docker\.service|daemon\.json/,
    );
  });

  it('leaves ip6tables to a Docker Engine that does it by itself', () => {
    const daemon = content(desired(intent, { ...facts, docker: '27.5.1' }), '/etc/docker/daemon.json');
    expect(daemon).not.toMatch(/experimental|ip6tables/);
  });

  it('takes back a runner that the inventory no longer names, with its token', () => {
    const alone = { ...host, runners: host.runners.filter(({ trust }) => trust === 'unprotected') };
    expect(desired({ ...intent, host: alone }, facts)).toEqual(
      expect.arrayContaining([
        { kind: 'stopped', area: 'runner', name: 'dockyard-runner-protected.service' },
        { kind: 'absent', area: 'runner', path: '/var/lib/dockyard-protected/config.toml' },
      ]),
    );
  });

  it('keeps the last jobs of such a runner confined, and prunes what they leave', () => {
    const alone = { ...host, runners: host.runners.filter(({ trust }) => trust === 'protected') };
    const rules = (known: Facts): string =>
      content(desired({ ...intent, host: alone }, known), '/etc/dockyard/firewall.nft');
    expect(rules(facts)).toMatch(/meta skuid 998 jump jail/);
    expect(content(desired({ ...intent, host: alone }, facts), '/usr/local/lib/dockyard/disk')).toMatch(
      /runuser -u dockyard-unprotected/,
    );
    const { rootlessUid: _, ...never } = facts;
    expect(rules(never)).not.toMatch(/jail/);
  });

  it('asks Ubuntu for no package that only Debian has', () => {
    const names = (system: string): string[] =>
      desired(intent, { ...facts, system }).flatMap((resource) => (resource.kind === 'packages' ? resource.names : []));
    expect(names('debian')).toContain('docker-cli');
    expect(names('ubuntu')).not.toContain('docker-cli');
  });

  it('keeps the prefix of the host, and makes one by RFC 4193 where it has none', () => {
    expect(content(desired(intent, facts), '/etc/dockyard/prefix')).toBe('fd12:3456:789a\n');
    const { prefix: _, ...fresh } = facts;
    const prefixes = [1, 2].map(() => content(desired(intent, fresh), '/etc/dockyard/prefix'));
    for (const prefix of prefixes) expect(prefix).toMatch(/^fd[0-9a-f]{2}(:[0-9a-f]{1,4}){2}\n$/);
    expect(prefixes[0]).not.toBe(prefixes[1]);
  });

  it('takes the time from the servers of the inventory, else from one that the network reaches', () => {
    const conf = (change: Partial<Host>): string =>
      content(
        desired({ ...intent, host: { ...host, ...change } }, facts),
        '/etc/systemd/timesyncd.conf.d/50-dockyard.conf',
      );
    expect(conf({ timeServers: ['ntp.example.com', '2001:db8::123'] })).toMatch(
      /^NTP=ntp\.example\.com 2001:db8::123$/m,
    );
    expect(conf({})).toMatch(/^NTP=2\.debian\.pool\.ntp\.org$/m);
    expect(conf({ network: 'dual' })).toBe('');
  });

  it('leaves the uplink alone where something else than the kernel takes router advertisements', () => {
    expect(content(desired(intent, { ...facts, acceptRa: 0 }), '/etc/sysctl.d/60-dockyard.conf')).not.toMatch(
      /accept_ra/,
    );
  });
});

it.each([
  [1, 1e9, 1],
  [8, 64e9, 4],
  [16, 8e9, 2],
])('with %i cores and %d bytes runs %i jobs', (cores, memory, jobs) => {
  expect(defaultConcurrency({ cores, memory })).toBe(jobs);
});

it('names the variable of a token', () => {
  expect(tokenVariable('arm-1.example', 'protected')).toBe('DOCKYARD_RUNNER_TOKEN_ARM_1_EXAMPLE_PROTECTED');
});

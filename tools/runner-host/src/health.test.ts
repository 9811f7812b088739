import { describe, expect, it } from 'vitest';
import { desired } from './desired/desired.ts';
import { ailments } from './health.ts';
import type { Facts } from './observed.ts';
import { facts, gitlab, host } from './testing/hosts.ts';
import { made } from './testing/made.ts';

const NOW = 1_000_060;
/** It forwards, and takes router advertisements nevertheless. */
const well: Facts = { ...facts, acceptRa: 2 };
const whole = made(desired({ host, gitlab, tokens: {} }, well), well);

describe('ailments', () => {
  it('are none on a host that is well', () => {
    expect(ailments(host, whole, NOW)).toEqual([]);
  });

  it.each<[Partial<Facts>, string]>([
    [{ uplink: undefined as never }, 'network: there is no IPv6 default route'],
    [{ nameservers: ['192.0.2.53'] }, 'network: all name servers have IPv4 addresses'],
    [{ bridge: [] }, "engine: containers of Docker's bridge get no IPv6 address"],
    [
      { masqueraded: [] },
      'network: nothing masquerades fd12:3456:789a::/64: containers reach nothing outside over IPv6',
    ],
    [{ reached: false }, 'network: GitLab does not answer it'],
    [{ passwords: true }, 'ssh: its sshd takes passwords'],
    [{ synchronized: false }, 'time: the clock is not synchronized'],
    [{ pruned: NOW - 3 * 3600 }, 'disk: nothing was pruned for over two hours'],
    [{ armed: true }, 'firewall: a change of firewall or sshd that nobody confirmed is taken back within a minute'],
    [{ rebootRequired: true }, 'upgrades: an upgrade waits for a reboot'],
  ])('names what %j is', (change, ailment) => {
    const found = ailments(host, { ...whole, facts: { ...well, ...change } }, NOW);
    expect(found.map(({ area, what }) => `${area}: ${what}`)).toEqual([ailment]);
  });

  it('names what was added to a unit of ours', () => {
    const name = 'dockyard-runner-unprotected.service';
    const path = `/etc/systemd/system/${name}.d/override.conf`;
    const units = new Map(whole.units).set(name, {
      enabled: 'enabled',
      active: 'active',
      since: 100,
      dropIns: [path, '/run/systemd/system/service.d/lxc.conf'],
    });
    expect(ailments(host, { ...whole, units }, NOW)).toMatchObject([
      { area: 'system', what: `${name} is not as its file says: ${path}` },
    ]);
  });

  it.each([
    ['no such user', ['-'], 'builder is no user'],
    ['another group', ['builder'], 'builder is not in the group docker'],
  ])('tells that developers have %s', (_, developer, message) => {
    const shared = { ...host, developers: 'ssh://builder@h' };
    expect(ailments(shared, { ...whole, facts: { ...well, developer } }, NOW)[0]?.what).toContain(message);
    const able = { ...well, developer: ['builder', 'docker'] };
    expect(ailments(shared, { ...whole, facts: able }, NOW)).toEqual([]);
  });

  it("tells of the package's own service", () => {
    const units = new Map(whole.units).set('gitlab-runner.service', {
      enabled: 'enabled',
      active: 'active',
      since: 1,
      dropIns: [],
    });
    expect(ailments(host, { ...whole, units }, NOW)[0]?.what).toMatch(/as root/);
  });
});

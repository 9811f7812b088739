import { describe, expect, it } from 'vitest';
import { desired } from './desired/desired.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';
import { facts, gitlab, host } from './testing/hosts.ts';
import { made } from './testing/made.ts';

const intent = { host, gitlab, repositoryKey: 'key\n', tokens: { protected: 'glrt-p', unprotected: 'glrt-u' } };
const resources = desired(intent, facts);
const whole = made(resources, facts);
const bare: Observed = {
  facts,
  files: new Map(),
  packages: new Map(),
  units: new Map(),
  users: new Map(),
  firewall: 'absent',
};

/** The host with one entry of a map changed. */
function drifted<K extends 'files' | 'packages' | 'units' | 'users'>(
  kind: K,
  name: string,
  change: Partial<Observed[K] extends ReadonlyMap<string, infer V> ? V : never> | undefined,
): Observed {
  const map = new Map<string, unknown>(whole[kind]);
  if (change === undefined) map.delete(name);
  else map.set(name, { ...(map.get(name) as object), ...(change as object) });
  return { ...whole, [kind]: map };
}

const texts = (observed: Observed): string[] => plan(resources, observed).map(({ area, what }) => `${area}: ${what}`);

describe('plan', () => {
  it('finds nothing to do on a host that is as it should be', () => {
    expect(plan(resources, whole)).toEqual([]);
  });

  it.each<[string, Observed, string[]]>([
    ['a package that is gone', drifted('packages', 'podman', undefined), ['packages: install podman']],
    [
      'a file of other content, and what reads it',
      drifted('files', '/etc/docker/daemon.json', { sha256: 'x' }),
      ['engine: rewrite /etc/docker/daemon.json (content)', 'engine: restart docker.service'],
    ],
    [
      'a mode',
      drifted('files', '/var/lib/dockyard-protected/config.toml', { mode: '0644' }),
      ['runner: rewrite /var/lib/dockyard-protected/config.toml (mode 0644, not 0600)'],
    ],
    [
      'a unit that was stopped',
      drifted('units', 'dockyard-disk.timer', { active: 'inactive' }),
      ['disk: enable and start dockyard-disk.timer (it is inactive)'],
    ],
    [
      'a unit that never read its new file, as after a run that broke off',
      drifted('files', '/etc/ssh/sshd_config.d/10-dockyard.conf', { modified: 101 }),
      ['ssh: restart ssh.service (/etc/ssh/sshd_config.d/10-dockyard.conf changed since it started)'],
    ],
    [
      'ids of a user',
      drifted('users', 'dockyard-unprotected', { subuid: '' }),
      ['users: give dockyard-unprotected the ids 1100000:65536 in /etc/subuid'],
    ],
    [
      'rules that somebody loaded by hand',
      { ...whole, firewall: 'differs' },
      ['firewall: restart dockyard-firewall.service (the loaded rules are not those of its file)'],
    ],
    [
      'a setting of the kernel that was changed',
      { ...whole, facts: { ...facts, forwarding: false } },
      ['network: restart systemd-sysctl.service (the kernel does not forward IPv6)'],
    ],
    [
      'no runner that the host itself paused',
      {
        ...drifted('units', 'dockyard-runner-protected.service', { active: 'inactive' }),
        facts: { ...facts, paused: true },
      },
      [],
    ],
  ])('finds %s', (_, observed, changes) => {
    expect(texts(observed)).toEqual(changes);
  });

  it('unmasks a unit, which could not be enabled otherwise', () => {
    const masked = drifted('units', 'apt-daily-upgrade.timer', { enabled: 'masked', active: 'inactive' });
    expect(plan(resources, masked)).toMatchObject([
      {
        what: 'enable and start apt-daily-upgrade.timer (it is masked, it is inactive)',
        script: expect.stringMatching(/^systemctl -q unmask apt-daily-upgrade\.timer$/m) as string,
      },
    ]);
  });

  it('removes a file that should not be there, and restarts what read it', () => {
    const path = '/etc/systemd/timesyncd.conf.d/50-dockyard.conf';
    const dual = desired({ ...intent, host: { ...host, network: 'dual' } }, facts);
    const observed = made(dual, facts);
    const files = new Map([...observed.files, ...[...whole.files].filter(([name]) => name === path)]);
    expect(plan(dual, { ...observed, files }).map(({ what }) => what)).toEqual([
      `remove ${path}`,
      'restart systemd-timesyncd.service',
    ]);
  });

  it.each([
    [
      'runs',
      { enabled: 'enabled', active: 'active' },
      ['stop dockyard-runner-protected.service, once its jobs have ended'],
    ],
    ['lets its last job end', { enabled: 'disabled', active: 'deactivating' }, []],
  ])('stops a unit that must not run and %s', (_, state, changes) => {
    const name = 'dockyard-runner-protected.service';
    const stopped = plan([{ kind: 'stopped', area: 'runner', name }], drifted('units', name, state));
    expect(stopped.map(({ what }) => what)).toEqual(changes);
  });

  it('leaves a unit alone that is started on demand, but restarts it where it runs with old files', () => {
    const ubuntu = desired(intent, { ...facts, system: 'ubuntu' });
    const resting = drifted('units', 'ssh.service', { enabled: 'disabled', active: 'inactive' });
    const old = {
      ...resting,
      files: drifted('files', '/etc/ssh/sshd_config.d/10-dockyard.conf', { modified: 101 }).files,
    };
    const running = new Map(old.units).set('ssh.service', {
      enabled: 'disabled',
      active: 'active',
      since: 100,
      dropIns: [],
    });
    expect(plan(ubuntu, old)).toEqual([]);
    expect(plan(ubuntu, { ...old, units: running }).map(({ what }) => what)).toEqual([
      expect.stringContaining('restart ssh.service'),
    ]);
  });

  it('guards what could cut off ssh, and nothing else', () => {
    const guarded = plan(resources, bare).filter((change) => change.guarded);
    expect(guarded.map(({ what }) => what.split(' (')[0])).toEqual([
      'write /etc/ssh/sshd_config.d/10-dockyard.conf',
      'enable and start ssh.service',
      'write /etc/dockyard/firewall.nft',
      'enable and start dockyard-firewall.service',
    ]);
    // Seconds each on a slow host, and the rollback comes within the minute.
    for (const { script } of guarded) expect(script).not.toMatch(/daemon-reload|enable/);
    expect(guarded.at(-1)?.preparation).toMatch(/daemon-reload\n.*enable dockyard-firewall\.service\n$/);
  });

  it('compares a configuration without its token where that is not known, but does not write it', () => {
    const unknown = desired({ ...intent, tokens: {} }, facts);
    expect(plan(unknown, whole)).toEqual([]);
    expect(plan(unknown, bare).flatMap(({ missing }) => missing ?? [])).toEqual([
      'DOCKYARD_RUNNER_TOKEN_ARM_1_PROTECTED',
      'DOCKYARD_RUNNER_TOKEN_ARM_1_UNPROTECTED',
    ]);
  });

  it("enters a folder of an unprotected job's user by a rename alone, which follows no link of its", () => {
    const path = '/var/lib/dockyard-unprotected/config.toml';
    const [change] = plan(resources, drifted('files', path, { sha256: 'x' }));
    const touching = change?.script.split('\n').filter((line) => line.includes('/var/lib/dockyard-unprotected'));
    expect(touching).toEqual([`mv -fT "$new" ${path}`]);
    expect(change?.script).toMatch(/^new=\$\(mktemp \/var\/lib\/dockyard\//m);
  });

  it('shows no token', () => {
    expect(JSON.stringify(texts(bare))).not.toMatch(/glrt-/);
  });
});

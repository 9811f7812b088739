import { describe, expect, it } from 'vitest';
import { parsePackages } from './apt.ts';
import { installCommand, podmanPackages, unknownPodmanPackages } from './podman-packages.ts';

/** What `apt-cache show` printed of each release, as far as it is read. */
const RELEASES: Readonly<Record<string, string>> = {
  'Debian 12': `Package: podman
Version: 4.3.1+ds1-8+deb12u1+b3
Recommends: buildah (>= 1.28), dbus-user-session, fuse-overlayfs (>= 1.0.0~), slirp4netns (>= 0.4.1~), catatonit | tini | dumb-init, uidmap

Package: netavark
Version: 1.4.0-3
Recommends: aardvark-dns

${others(['aardvark-dns', 'crun', 'runc', 'iptables', 'nftables', 'uidmap', 'slirp4netns', 'passt'])}`,
  'Debian 13': `Package: podman
Version: 5.4.2+ds1-2+b2
Recommends: buildah (>= 1.31), passt, slirp4netns, uidmap

Package: netavark
Version: 1.14.0-2
Recommends: aardvark-dns, nftables

${others(['aardvark-dns', 'crun', 'runc', 'iptables', 'nftables', 'uidmap', 'slirp4netns', 'passt'])}`,
  'Ubuntu 22.04': `Package: podman
Version: 3.4.4+ds1-1ubuntu1
Recommends: buildah, fuse-overlayfs, slirp4netns, uidmap

${others(['crun', 'runc', 'iptables', 'uidmap', 'slirp4netns'])}`,
};

function others(names: readonly string[]): string {
  return names.map((name) => `Package: ${name}\nVersion: 1\n`).join('\n');
}

const packagesOf = (release: string, machine: { uid: number; cgroupsV2: boolean }) =>
  podmanPackages(parsePackages(RELEASES[release] ?? ''), machine).join(' ');

const root = { uid: 0, cgroupsV2: true };
const user = { uid: 1000, cgroupsV2: true };

describe('podmanPackages', () => {
  it.each([
    ['Debian 12', root, 'podman crun netavark aardvark-dns iptables'],
    ['Debian 12', user, 'podman crun netavark aardvark-dns iptables uidmap slirp4netns'],
    ['Debian 12', { uid: 0, cgroupsV2: false }, 'podman runc netavark aardvark-dns iptables'],
    ['Debian 13', root, 'podman crun netavark aardvark-dns nftables'],
    ['Debian 13', user, 'podman crun netavark aardvark-dns nftables uidmap passt'],
  ])('on %s as %o are %s', (release, machine, packages) => {
    expect(packagesOf(release, machine)).toBe(packages);
  });

  it('refuses a Podman that is too old before it is installed', () => {
    expect(() => packagesOf('Ubuntu 22.04', root)).toThrow(/has Podman 3\.4\.4, and 4\.2\.0 or later is needed/);
  });

  it('says that apt has none', () => {
    expect(() => packagesOf('none', root)).toThrow(/apt has no podman/);
  });
});

describe('unknownPodmanPackages', () => {
  it.each(['Debian 12', 'Debian 13'])('has all that %s needs', (release) => {
    expect(unknownPodmanPackages(user)).toEqual(expect.arrayContaining(packagesOf(release, user).split(' ')));
  });
});

describe('installCommand', () => {
  it('is one command to type', () => {
    expect(installCommand(['podman', 'runc'])).toBe('sudo apt-get install --no-install-recommends podman runc');
  });
});

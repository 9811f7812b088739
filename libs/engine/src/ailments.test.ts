import { describe, expect, it } from 'vitest';
import { ailmentOf, freeIds } from './ailments.ts';

const user = { uid: 1000, user: 'me', freeIds: 100_000 };

describe('ailmentOf', () => {
  // What engines print, as seen: each with the words that have to be in what is said, and in what mends it.
  it.each([
    [
      'Error: netavark: nftables error: unable to execute nft: No such file or directory (os error 2)',
      'nft is',
      'nftables',
    ],
    [
      'Error: /usr/bin/slirp4netns failed: "open(/dev/net/tun): Permission denied\\nWARNING: Support for seccomp"',
      'may not open /dev/net/tun',
      'sudo chmod 666 /dev/net/tun',
    ],
    ['Error: could not find slirp4netns, the network namespace cannot be configured', 'slirp4netns is', 'slirp4netns'],
    ['Error: could not find pasta, the network namespace cannot be configured', 'pasta is missing', 'passt'],
    ['exec: "newuidmap": executable file not found in $PATH', 'newuidmap is missing', 'uidmap'],
    [
      'potentially insufficient UIDs or GIDs available in user namespace (requested 0:42 for /etc/shadow)',
      'no range of ids',
      'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 me',
    ],
    ['Error: could not find a working conmon binary (configured options: [/usr/bin/conmon])', 'conmon', 'conmon'],
    ['Error: default OCI runtime "crun" not found: invalid argument', 'Neither runc nor crun', 'runc'],
    ['Error: netavark: No such file or directory (os error 2)', 'iptables is missing', 'iptables'],
    ['Error: could not find "netavark" in one of [/usr/lib/podman].', 'netavark is missing', 'netavark'],
    [
      'runc create failed: openat2 /sys/fs/cgroup/libpod_parent/pids.max: no such file or directory: OCI runtime attempted to invoke',
      "don't limit processes",
      'pids_limit = 0',
    ],
    ['write /proc/x: no space left on device', 'disk is full', 'Make room'],
  ])('knows %s', (output, what, fix) => {
    const ailment = ailmentOf(output, user);
    expect(ailment?.what).toContain(what);
    expect(ailment?.fix).toContain(fix);
  });

  it('asks root for no sudo', () => {
    expect(ailmentOf('unable to execute nft', { ...user, uid: 0 })?.fix).toMatch(/^apt-get install/);
  });

  it.each([
    'Error: something else',
    'runc create failed: exec: /bin/tool: no such file or directory: OCI runtime attempted to invoke a command that was not found',
  ])('makes nothing up of %s', (output) => {
    expect(ailmentOf(output, user)).toBeUndefined();
  });
});

describe('freeIds', () => {
  it.each([
    ['', 100_000],
    ['a:100000:65536\nb:165536:65536\n', 231_072],
    ['a:1000:10\n# none\n', 100_000],
  ])('after %j is %i', (given, first) => {
    expect(freeIds(given)).toBe(first);
  });
});

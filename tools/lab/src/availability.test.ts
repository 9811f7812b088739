import { describe, expect, it } from 'vitest';
import { judgeAvailability, type MachineFacts } from './availability.ts';

const able: MachineFacts = {
  system: 'linux',
  uid: 0,
  capabilities: 0x1ffffffffffn,
  programs: new Set(['apt-get', 'start-stop-daemon', 'chroot', 'mount', 'umount', 'unshare', 'pivot_root']),
};

describe('judgeAvailability', () => {
  it('lets a privileged Debian machine hold a lab', () => {
    expect(judgeAvailability(able)).toEqual({ available: true });
  });

  it.each([
    ['another system', { system: 'darwin' }, 'needs Linux; this machine runs darwin'],
    ['another user', { uid: 1000 }, 'needs root; this is user 1000'],
    ['root without CAP_SYS_ADMIN', { capabilities: 0xa80425fbn }, 'may not mount'],
    [
      'no apt',
      { programs: new Set(['chroot', 'mount', 'umount', 'start-stop-daemon', 'unshare', 'pivot_root']) },
      'missing here: apt-get',
    ],
  ])('names what is in the way: %s', (_, change: Partial<MachineFacts>, reason) => {
    expect(judgeAvailability({ ...able, ...change })).toEqual({
      available: false,
      reason: expect.stringContaining(reason) as string,
    });
  });
});

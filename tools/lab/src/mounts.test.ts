import { describe, expect, it } from 'vitest';
import { mountsBelow } from './mounts.ts';

const MOUNTINFO = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:5 / /lab/root/dev rw,relatime - devtmpfs devtmpfs rw
41 40 0:21 / /lab/root/dev/shm rw,relatime - tmpfs tmpfs rw
42 41 0:21 / /lab/root/dev/shm rw,relatime - tmpfs tmpfs rw
43 22 0:33 / /lab/root/a\\040b rw,relatime - tmpfs tmpfs rw
44 22 0:34 / /lab/root2/dev rw,relatime - tmpfs tmpfs rw
`;

describe('mountsBelow', () => {
  it('lists the newest first, doubled mounts twice, escapes decoded, and no sibling whose name only starts alike', () => {
    expect(mountsBelow(MOUNTINFO, '/lab/root')).toEqual([
      '/lab/root/a b',
      '/lab/root/dev/shm',
      '/lab/root/dev/shm',
      '/lab/root/dev',
    ]);
  });
});

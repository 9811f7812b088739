import { describe, expect, it } from 'vitest';
import { hierarchies } from './cgroups.ts';

const mount = (root: string, at: string, type: string, options: string): string =>
  `30 24 0:26 ${root} ${at} rw,relatime - ${type} ${type} ${options}`;

describe('hierarchies', () => {
  it('finds the one of cgroup v2, and where we are in it', () => {
    expect(hierarchies(mount('/', '/sys/fs/cgroup', 'cgroup2', 'rw'), '0::/user.slice/session-1.scope\n')).toEqual([
      { own: '/sys/fs/cgroup/user.slice/session-1.scope', cpuset: false },
    ]);
  });

  it('finds those of v1 by their controllers, and leaves out what is not mounted', () => {
    const mounts = [
      mount('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
      mount('/', '/sys/fs/cgroup/cpuset', 'cgroup', 'rw,cpuset'),
      mount('/', '/sys/fs/cgroup/systemd', 'cgroup', 'rw,name=systemd'),
      mount('/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
      mount('/', '/', 'ext4', 'rw'),
    ].join('\n');
    const text = '5:cpu,cpuacct:/a\n4:cpuset:/\n3:pids:/a\n1:name=systemd:/a:b\n0::/\n';
    expect(hierarchies(mounts, text)).toEqual([
      { own: '/sys/fs/cgroup/cpu,cpuacct/a', cpuset: false },
      { own: '/sys/fs/cgroup/cpuset', cpuset: true },
      { own: '/sys/fs/cgroup/systemd/a:b', cpuset: false },
      { own: '/sys/fs/cgroup/unified', cpuset: false },
    ]);
  });

  it('counts from what is mounted, as in a container that sees only its own part', () => {
    expect(hierarchies(mount('/docker/1', '/sys/fs/cgroup', 'cgroup2', 'rw'), '0::/docker/1/job\n')).toEqual([
      { own: '/sys/fs/cgroup/job', cpuset: false },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { enterArguments, initArguments } from './start.ts';

const kind = {
  name: 'm',
  suite: 'trixie',
  engine: 'podman',
  cgroups: 'v2',
  users: ['root'],
} as const;

describe('initArguments', () => {
  it('enters its cgroups before it leaves everything else of this machine behind', () => {
    const args = initArguments({ kind, root: '/roots/m', scratch: '/runs/1', binds: { '/srv/a': '/here/a' } }, [
      '/sys/fs/cgroup/m/cgroup.procs',
    ]);
    expect(args.slice(0, 2)).toEqual(['sh', '-c']);
    expect(args.slice(3)).toEqual([
      ...['sh', '/sys/fs/cgroup/m/cgroup.procs', '--'],
      ...['unshare', '--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup'],
      ...['--propagation', 'private', '--fork', '--kill-child'],
      'sh',
      expect.stringMatching(/\/init\.sh$/) as string,
      ...['/roots/m', '/runs/1', 'v2'],
      ...['/here/a', '/srv/a'],
    ]);
  });
});

describe('enterArguments', () => {
  it('gives a user no more of an environment than a login does, and what the network takes', () => {
    expect(enterArguments('17', 'user', 'id', { https_proxy: 'http://p' })).toEqual([
      ...['--target', '17', '--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--root', '--wd', '--'],
      ...['runuser', '--user', 'dev', '--', 'env', '--ignore-environment', '--chdir=/home/dev'],
      ...['HOME=/home/dev', 'USER=dev', 'LOGNAME=dev', 'SHELL=/bin/bash'],
      ...['PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games', 'LANG=C.UTF-8', 'TERM=dumb'],
      ...['https_proxy=http://p', 'sh', '-c', 'id'],
    ]);
  });

  it('gives root the system programs, and who may use sudo a session', () => {
    expect(enterArguments('1', 'root', 'id', {}).join(' ')).toMatch(/--user root .* HOME=\/root .*PATH=\S*:\/sbin:/);
    expect(enterArguments('1', 'sudo', 'id', {})).toContain('XDG_RUNTIME_DIR=/run/user/1000');
  });
});

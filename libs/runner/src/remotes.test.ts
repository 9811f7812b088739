import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withTemporaryDirectory } from '@dockyard/exec';
import { thisMachine } from './machine.ts';
import { configuredRemotes, parseRunners } from './remotes.ts';
import { readRunnersFile } from './runners-file.ts';

describe('DOCKYARD_RUNNERS', () => {
  it('takes several, separated by spaces or commas', () => {
    expect(parseRunners(' linux/arm64=ssh://me@arm:2222,linux/s390x=ssh://z\n')).toEqual([
      { platform: 'linux/arm64', host: 'ssh://me@arm:2222', source: 'DOCKYARD_RUNNERS' },
      { platform: 'linux/s390x', host: 'ssh://z', source: 'DOCKYARD_RUNNERS' },
    ]);
    expect(parseRunners('')).toEqual([]);
  });

  it.each([
    ['ssh://host', 'an entry has no platform before a "="'],
    ['linux/aarch64=ssh://host', 'unknown platform "linux/aarch64"; allowed: linux/amd64, '],
    ['linux/aarch64=ssh://host', '(did you mean linux/arm64?)'],
    ['linux/arm64=tcp://host:2375', 'the runner of linux/arm64 must be reached by ssh://, not tcp://'],
    ['linux/arm64=host', 'the runner of linux/arm64 has no URL such as ssh://user@host:22'],
    ['linux/arm64=', 'the runner of linux/arm64 has no URL'],
    ['linux/arm64=ssh://host/run/docker.sock', 'has more than user, host and port'],
    ['linux/arm64=ssh://-oProxyCommand=x', 'has no host'],
    ['linux/arm64=ssh://a,linux/arm64=ssh://b', 'linux/arm64 is there twice'],
  ])('refuses %s', (text, message) => {
    expect(() => parseRunners(text)).toThrow(message);
  });

  it('refuses a password without repeating it', () => {
    expect(() => parseRunners('linux/arm64=ssh://me:hunter2@host')).toThrow(/^(?!.*hunter2).*password/);
  });
});

describe('.dockyard/runners.yaml', () => {
  it('keeps the line of each runner', () => {
    expect(readRunnersFile('# mine\nrunners:\n  linux/arm64: ssh://me@arm\n', 'runners.yaml')).toEqual([
      { platform: 'linux/arm64', host: 'ssh://me@arm', source: 'runners.yaml:3' },
    ]);
  });

  it.each([
    [
      'runners:\n  linux/aarch64: ssh://a\n',
      'f:2:3  runners.linux/aarch64: found "linux/aarch64"; allowed: linux/amd64, ',
    ],
    ['runners:\n  linux/aarch64: ssh://a\n', '(did you mean linux/arm64?)'],
    [
      'runners:\n  linux/arm64: 7\n',
      'f:2:16  runners.linux/arm64: found the number 7; allowed: a URL such as ssh://user@host:22',
    ],
    ['runners:\n  linux/arm64: tcp://a\n', 'it must be reached by ssh://, not tcp://'],
    ['runners: {}\nhosts: {}\n', 'f:2:1  hosts: unknown field "hosts"'],
    ['runners:\n  linux/arm64: ssh://a\n  linux/arm64: ssh://b\n', 'f:3:3  YAML: Map keys must be unique'],
    ['runners: [\n', 'f:2:1'],
    ['', 'f:1:1  is missing; allowed: a mapping with `runners`'],
  ])('refuses %j with its place', (text, message) => {
    expect(() => readRunnersFile(text, 'f')).toThrow(message);
  });

  it('reports every mistake at once, in the order of the file', () => {
    expect(() => readRunnersFile('runners:\n  linux/arm: ssh://a\n  linux/arm64: 1\nx: 1\n', 'f')).toThrow(
      /^f:2:3 .*[^]*\nf:3:16 .*[^]*\nf:4:1 /,
    );
  });

  it('gives way to the environment, platform by platform', async () => {
    await withTemporaryDirectory(tmpdir(), 'dockyard-runner-', async (workspace) => {
      expect(configuredRemotes({}, workspace)).toEqual([]);
      await mkdir(join(workspace, '.dockyard'));
      await writeFile(
        join(workspace, '.dockyard/runners.yaml'),
        'runners:\n  linux/arm64: ssh://file\n  linux/s390x: ssh://file\n',
      );
      expect(configuredRemotes({ DOCKYARD_RUNNERS: 'linux/arm64=ssh://environment' }, workspace)).toEqual([
        { platform: 'linux/arm64', host: 'ssh://environment', source: 'DOCKYARD_RUNNERS' },
        { platform: 'linux/s390x', host: 'ssh://file', source: '.dockyard/runners.yaml:3' },
      ]);
    });
  });

  it('leaves the rest to the hosts of the inventory that developers build on, but for what this machine runs itself', async () => {
    await withTemporaryDirectory(tmpdir(), 'dockyard-runner-', async (workspace) => {
      await writeFile(
        join(workspace, 'runners.yaml'),
        `hosts:
  own: { address: ssh://a, platforms: [${thisMachine().platform}], developers: ssh://a }
  z: { address: ssh://root@z, platforms: [linux/s390x], developers: ssh://me@z }
  p: { address: ssh://root@p, platforms: [linux/ppc64le], developers: ssh://me@p }
`,
      );
      expect(configuredRemotes({ DOCKYARD_RUNNERS: 'linux/ppc64le=ssh://mine' }, workspace)).toEqual([
        { platform: 'linux/ppc64le', host: 'ssh://mine', source: 'DOCKYARD_RUNNERS' },
        { platform: 'linux/s390x', host: 'ssh://me@z', source: 'runners.yaml:3' },
      ]);
    });
  });
});

import { recordedExec } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { engineCli } from './cli.ts';
import { containersOf, createArgs, parsePort } from './containers.ts';

describe('createArgs', () => {
  it('says little for little', () => {
    expect(createArgs({ image: 'sha256:ab' })).toEqual([
      'create',
      '--pull=never',
      '--label',
      'dockyard.test=true',
      'sha256:ab',
    ]);
  });

  it('says everything', () => {
    const args = createArgs({
      image: 'redis:8',
      name: 'r',
      entrypoint: ['sh', '-c'],
      command: ['echo $1', 'x'],
      env: { A: '1 2' },
      ports: [6379, 80],
      volumes: [
        { name: 'data', target: '/data' },
        { path: '/etc/my.conf', target: '/etc/redis.conf', readOnly: true },
      ],
      network: { name: 'net', aliases: ['redis', 'cache'] },
      user: '1000:1000',
      readOnly: true,
      tmpfs: ['/tmp:size=1m'],
      nested: true,
      labels: { 'dockyard.test': 'abc', more: 'x' },
    });
    expect(args.join(' ')).toBe(
      'create --pull=never --name r --label dockyard.test=abc --label more=x --env A=1 2 --publish 127.0.0.1::6379 --publish 127.0.0.1::80 ' +
        '--volume data:/data --volume /etc/my.conf:/etc/redis.conf:ro --network net --network-alias redis --network-alias cache --user 1000:1000 --read-only --tmpfs /tmp:size=1m ' +
        '--security-opt seccomp=unconfined --security-opt systempaths=unconfined --entrypoint sh redis:8 -c echo $1 x',
    );
  });
});

describe('parsePort', () => {
  it.each([
    ['127.0.0.1:40321', { host: '127.0.0.1', port: 40321 }],
    ['[::]:32769\n0.0.0.0:32768', { host: '127.0.0.1', port: 32768 }],
    ['', undefined],
  ])('reads %j', (output, address) => {
    expect(parsePort(output)).toEqual(address);
  });
});

describe('containersOf', () => {
  it('removes a container that does not start', async () => {
    const exec = recordedExec([
      { match: 'podman create', result: { stdout: 'id1' } },
      { match: 'podman start id1', result: { exitCode: 127, stderr: 'executable file not found' } },
      { match: 'podman rm', result: {} },
    ]);
    const containers = containersOf(engineCli(exec, 'podman'), ['--time', '0']);
    await expect(containers.start({ image: 'x' })).rejects.toThrow(/executable file not found/);
    expect(exec.calls.at(-1)?.args).toEqual(['rm', '--force', '--volumes', '--time', '0', 'id1']);
  });

  it.each([
    'Error response from daemon: No such container: id1',
    'Error: no container with name or ID "id1" found: no such container',
  ])('does not mind what is gone already: %s', async (stderr) => {
    const exec = recordedExec([
      { match: 'create', result: { stdout: 'id1' } },
      { match: 'start', result: {} },
      { match: 'rm', result: { exitCode: 1, stderr } },
    ]);
    const container = await containersOf(engineCli(exec, 'docker'), []).start({ image: 'x' });
    await expect(container.remove()).resolves.toBeUndefined();
  });

  it('does mind other failures', async () => {
    const exec = recordedExec([{ match: 'volume rm', result: { exitCode: 1, stderr: 'volume is in use' } }]);
    await expect(containersOf(engineCli(exec, 'docker'), []).removeVolume('v')).rejects.toThrow(/in use/);
  });
});

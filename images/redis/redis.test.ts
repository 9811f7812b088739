import { certificateAuthority, container, expectVersion, volume, volumeOf } from '@dockyard/image-test';
import { expect, it } from 'vitest';

async function cli(redis: Awaited<ReturnType<typeof container>>, ...args: string[]): Promise<string> {
  return (await redis.exec(['redis-cli', ...args])).stdout.trim();
}

it('keeps what was written across a restart', async () => {
  const data = await volume();
  const redis = await container({ ports: [6379], volumes: [{ name: data, target: '/data' }] });
  await redis.waitForPort(6379);
  expect(await cli(redis, 'set', 'greeting', 'ahoy')).toBe('OK');
  await redis.restart();
  await redis.waitForLog(/Ready to accept connections/);
  await redis.waitForPort(6379);
  expect(await cli(redis, 'get', 'greeting')).toBe('ahoy');
});

it('runs as a user that is not root', async () => {
  const redis = await container();
  await redis.waitForLog(/Ready to accept connections/);
  expect((await redis.exec(['id', '-u'])).stdout.trim()).toBe('999');
});

it('takes options on the command line and a configuration of its own', async () => {
  const limited = await container({ command: ['--maxmemory', '64mb'] });
  await limited.waitForLog(/Ready to accept connections/);
  expect(await cli(limited, 'config', 'get', 'maxmemory')).toContain('67108864');
  const other = await container({
    command: ['sh', '-c', 'echo port 7000 > /tmp/my.conf && exec redis-server /tmp/my.conf'],
  });
  await other.waitForLog(/Ready to accept connections/);
  expect(await cli(other, '-p', '7000', 'ping')).toBe('PONG');
});

it('speaks TLS, to clients that trust its authority', async () => {
  const authority = await certificateAuthority();
  const { certificate, key } = await authority.issue();
  const stranger = await certificateAuthority();
  const files = await volumeOf({
    'server.crt': certificate,
    'server.key': key,
    'ca.crt': authority.certificate,
    'stranger.crt': stranger.certificate,
  });
  const redis = await container({
    volumes: [{ name: files, target: '/tls', readOnly: true }],
    command: [
      ...['--port', '0', '--tls-port', '6379', '--tls-auth-clients', 'no'],
      ...[
        '--tls-cert-file',
        '/tls/server.crt',
        '--tls-key-file',
        '/tls/server.key',
        '--tls-ca-cert-file',
        '/tls/ca.crt',
      ],
    ],
  });
  await redis.waitForLog(/Ready to accept connections tls/);
  const trusting = ['--tls', '--cacert', '/tls/ca.crt'];
  expect(await cli(redis, ...trusting, 'ping')).toBe('PONG');
  expect(await cli(redis, ...trusting, 'set', 'greeting', 'ahoy')).toBe('OK');
  expect(await cli(redis, ...trusting, 'get', 'greeting')).toBe('ahoy');

  const refused = await redis.exec(['redis-cli', '--tls', '--cacert', '/tls/stranger.crt', 'ping'], { reject: false });
  expect(refused.exitCode).not.toBe(0);
  expect(refused.stderr).toContain('certificate verify failed');
  const plain = await redis.exec(['redis-cli', 'ping'], { reject: false });
  expect(plain.stdout).not.toContain('PONG');
});

it('ends cleanly on the stop signal', async () => {
  const redis = await container();
  await redis.waitForLog(/Ready to accept connections/);
  await redis.stop();
  expect(await redis.logs()).toMatch(/bye bye/);
  expect((await redis.state()).exitCode).toBe(0);
});

it('keeps what was written when it is killed', async () => {
  const data = await volume();
  const redis = await container({
    volumes: [{ name: data, target: '/data' }],
    command: ['--appendonly', 'yes', '--appendfsync', 'always'],
  });
  await redis.waitForLog(/Ready to accept connections/);
  expect(await cli(redis, 'set', 'greeting', 'ahoy')).toBe('OK');
  await redis.kill();
  await redis.waitForExit();
  await redis.restart();
  await redis.waitForLog(/Ready to accept connections/);
  expect(await cli(redis, 'get', 'greeting')).toBe('ahoy');
});

it('runs as any user on a file system that can not be written', async () => {
  const redis = await container({ user: '54321:54321', readOnly: true, tmpfs: ['/data:mode=1777'] });
  await redis.waitForLog(/Ready to accept connections/);
  expect(await cli(redis, 'set', 'greeting', 'ahoy')).toBe('OK');
});

it('says its version and its options', async () => {
  const version = await expectVersion(/^Redis server v=(?<version>\S+) /m, { command: ['--version'] });
  expect(await version.waitForExit()).toBe(0);
  const help = await container({ command: ['--help'] });
  await help.waitForLog(/^Usage: /m);
  await help.waitForExit();
});

it('says what is wrong with a configuration', async () => {
  const redis = await container({ command: ['--maxmemory', 'much'] });
  await redis.waitForLog(/FATAL CONFIG FILE ERROR[^]*maxmemory "?much/);
  expect(await redis.waitForExit()).toBe(1);
});

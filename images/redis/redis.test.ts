import { certificateAuthority, container, volume } from '@dockyard/image-test';
import { expect, it } from 'vitest';

async function cli(redis: Awaited<ReturnType<typeof container>>, ...args: string[]): Promise<string> {
  return (await redis.exec(['redis-cli', ...args])).stdout.trim();
}

/** A volume with files that the server may read. Engines may be far away: nothing of this machine can be mounted. */
async function volumeOf(files: Record<string, string>): Promise<string> {
  const name = await volume();
  const writer = await container({ user: '0', volumes: [{ name, target: '/files' }], command: ['sleep', '600'] });
  for (const [file, text] of Object.entries(files))
    await writer.exec(['sh', '-c', 'cat > "/files/$1"', 'sh', file], { input: text });
  return name;
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

it.each(['redis-server', 'redis-cli', 'redis-benchmark'])(
  'has a hardened %s, whose symbols are elsewhere',
  async (program) => {
    const redis = await container();
    const file = `/usr/local/bin/${program}`;
    const holds = async (text: string): Promise<boolean> =>
      (await redis.exec(['grep', '--text', '--quiet', '--fixed-strings', text, file], { reject: false })).exitCode ===
      0;
    // ET_DYN: it can be loaded anywhere.
    expect((await redis.exec(['od', '-An', '-tu2', '-j16', '-N2', file])).stdout.trim()).toBe('3');
    for (const guard of ['__stack_chk_fail', '__memcpy_chk', '.gnu_debuglink'])
      expect([guard, await holds(guard)]).toEqual([guard, true]);
    for (const section of ['.symtab', '.debug_info']) expect([section, await holds(section)]).toEqual([section, false]);
  },
);

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

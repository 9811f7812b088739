import { container, volume } from '@dockyard/image-test';
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

it('speaks TLS', async () => {
  const redis = await container({ command: ['redis-server', '--version'] });
  await redis.waitForLog(/v=8\.0\./);
  const help = await container({ command: ['redis-cli', '--help'] });
  await help.waitForLog(/--tls/);
});

it('ends cleanly on the stop signal', async () => {
  const redis = await container();
  await redis.waitForLog(/Ready to accept connections/);
  await redis.stop();
  expect(await redis.logs()).toMatch(/bye bye/);
  expect((await redis.state()).exitCode).toBe(0);
});

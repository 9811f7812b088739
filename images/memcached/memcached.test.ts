import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Socket } from 'node:net';
import {
  certificateAuthority,
  container,
  expectVersion,
  imageUnderTest,
  type StartedContainer,
  volumeOf,
} from '@dockyard/image-test';
import { expect, it } from 'vitest';

/** Says one thing in memcached's text protocol and returns what comes back until it ends as `end` says. */
async function say(socket: Socket, text: string, end: RegExp): Promise<string> {
  let answer = '';
  socket.write(text);
  while (!end.test(answer)) answer += String((await once(socket, 'data', { signal: AbortSignal.timeout(30_000) }))[0]);
  return answer;
}

async function client(memcached: StartedContainer): Promise<Socket> {
  const address = await memcached.waitForPort(11211);
  const socket = connect(address);
  await once(socket, 'connect');
  return socket;
}

async function setAndGet(socket: Socket): Promise<void> {
  expect(await say(socket, 'set greeting 0 60 4\r\nahoy\r\n', /\r\n$/)).toBe('STORED\r\n');
  expect(await say(socket, 'get greeting\r\n', /END\r\n$/)).toBe('VALUE greeting 0 4\r\nahoy\r\nEND\r\n');
  socket.destroy();
}

it('keeps what it is given, and is empty after a restart', async () => {
  const memcached = await container({ ports: [11211] });
  await setAndGet(await client(memcached));
  expect((await memcached.exec(['id', '-u'])).stdout.trim()).toBe('11211');
  const { config } = await imageUnderTest().config();
  const [, ...healthCheck] = config?.Healthcheck?.Test ?? [];
  expect((await memcached.exec(healthCheck)).exitCode).toBe(0);
  await memcached.kill();
  await memcached.waitForExit();
  await memcached.restart();
  const socket = await client(memcached);
  expect(await say(socket, 'get greeting\r\n', /END\r\n$/)).toBe('END\r\n');
  socket.destroy();
});

it('is the version that its tag says', async () => {
  await expectVersion(/^memcached (?<version>\S+)$/m, { command: ['-V'] });
});

it('takes options and other commands', async () => {
  const memcached = await container({ ports: [11211], command: ['-m', '128', '-I', '2m'] });
  const socket = await client(memcached);
  const settings = await say(socket, 'stats settings\r\n', /END\r\n$/);
  expect(settings).toContain(`STAT maxbytes ${String(128 * 1024 * 1024)}\r\n`);
  expect(settings).toContain('STAT item_size_max 2097152\r\n');
  socket.destroy();
  const shell = await container({ command: ['sh', '-c', 'echo "I am $(id -un)"'] });
  await shell.waitForLog(/^I am memcache$/m);
});

it('speaks TLS', async () => {
  const authority = await certificateAuthority();
  const { certificate, key } = await authority.issue();
  const files = await volumeOf({ 'server.crt': certificate, 'server.key': key });
  const memcached = await container({
    ports: [11211],
    volumes: [{ name: files, target: '/tls', readOnly: true }],
    command: ['--enable-ssl', '-o', 'ssl_chain_cert=/tls/server.crt,ssl_key=/tls/server.key'],
  });
  const address = await memcached.waitForPort(11211);
  const socket = connectTls({ ...address, ca: authority.certificate, servername: 'localhost' });
  await once(socket, 'secureConnect');
  await setAndGet(socket);
});

it('lets in who has a password, with SASL', async () => {
  const files = await volumeOf({ users: 'jack@sea:tar\n' });
  const memcached = await container({
    ports: [11211],
    env: { MEMCACHED_SASL_PWDB: '/sasl/users' },
    volumes: [{ name: files, target: '/sasl', readOnly: true }],
    command: ['-S'],
  });
  /** The status that memcached's binary protocol answers with. */
  const status = async (password: string): Promise<number> => {
    const socket = await client(memcached);
    const body = Buffer.from(`PLAIN\0jack@sea\0${password}`);
    const header = Buffer.alloc(24);
    // A request (0x80) to authenticate (0x21) with a key of five bytes, the name of the mechanism.
    header.set([0x80, 0x21, 0, 5]);
    header.writeUInt32BE(body.length, 8);
    socket.write(Buffer.concat([header, body]));
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(30_000) })) as [Buffer];
    socket.destroy();
    return answer.readUInt16BE(6);
  };
  expect(await status('tar')).toBe(0);
  expect(await status('wrong')).toBe(0x20);
});

it('runs as any user on a file system that can not be written', async () => {
  const memcached = await container({ ports: [11211], user: '54321:54321', readOnly: true });
  await setAndGet(await client(memcached));
});

it('says what is wrong with its options', async () => {
  const memcached = await container({ command: ['-m', 'much'] });
  expect(await memcached.waitForExit()).not.toBe(0);
  const unknown = await container({ command: ['--nonesuch'] });
  await unknown.waitForLog(/unrecognized option '--nonesuch'/);
});

it('ends cleanly on the stop signal', async () => {
  const memcached = await container({ ports: [11211] });
  await memcached.waitForPort(11211);
  await memcached.stop();
  expect((await memcached.state()).exitCode).toBe(0);
});

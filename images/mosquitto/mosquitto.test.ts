import { once } from 'node:events';
import { connect as connectTls } from 'node:tls';
import {
  certificateAuthority,
  container,
  expectVersion,
  type StartedContainer,
  volume,
  volumeOf,
} from '@dockyard/image-test';
import { expect, it } from 'vitest';

const CONF = '/mosquitto/config';

/** MQTT 3.1.1: CONNECT with a clean session, no name and no password. */
const CONNECT = Buffer.from('\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0', 'latin1');
/** CONNACK: accepted. */
const ACCEPTED = Buffer.from([0x20, 2, 0, 0]);

async function start(conf: string, more: Parameters<typeof container>[0] = {}, files = {}): Promise<StartedContainer> {
  const folder = await volumeOf({ 'mosquitto.conf': conf, ...files });
  const volumes = [{ name: folder, target: CONF }, ...(more.volumes ?? [])];
  const mosquitto = await container({ ...more, volumes });
  await mosquitto.waitForLog(/mosquitto version 2\.\S+ running/);
  return mosquitto;
}

async function publish(mosquitto: StartedContainer, ...args: string[]): Promise<void> {
  await mosquitto.exec(['mosquitto_pub', '-q', '1', ...args]);
}

/** The retained message of a topic. */
async function retained(mosquitto: StartedContainer, topic: string, ...args: string[]): Promise<string> {
  return (await mosquitto.exec(['mosquitto_sub', '-t', topic, '-C', '1', '-W', '30', ...args])).stdout.trim();
}

it('takes messages and hands them on, as a user that is not root, shows its dashboard and ends cleanly', async () => {
  const mosquitto = await expectVersion(/mosquitto version (?<version>\S+) running/, { ports: [1883, 9883] });
  await mosquitto.waitForPort(1883);
  await publish(mosquitto, '-r', '-t', 'sea/greeting', '-m', 'ahoy');
  expect(await retained(mosquitto, 'sea/+', '-V', '5')).toBe('ahoy');
  expect((await mosquitto.exec(['grep', '^Uid:', '/proc/1/status'])).stdout).toMatch(/^Uid:\t1883\t1883\t1883\t1883$/m);
  await mosquitto.waitForPort(9883);
  const dashboard = await mosquitto.http('http://localhost:9883/');
  expect([dashboard.status, await dashboard.text()]).toEqual([200, expect.stringContaining('<html')]);
  await mosquitto.stop();
  expect((await mosquitto.state()).exitCode).toBe(0);
  expect(await mosquitto.logs()).toMatch(/mosquitto version 2\.\S+ terminating/);
});

it('speaks websockets', async () => {
  const mosquitto = await start('listener 8080\nprotocol websockets\nallow_anonymous true\n', { ports: [8080] });
  const { host, port } = await mosquitto.waitForPort(8080);
  const socket = new WebSocket(`ws://${host}:${String(port)}/mqtt`, 'mqtt');
  socket.binaryType = 'arraybuffer';
  await once(socket, 'open', { signal: AbortSignal.timeout(30_000) });
  const answer = once(socket, 'message', { signal: AbortSignal.timeout(30_000) });
  socket.send(CONNECT);
  const [{ data }] = (await answer) as [{ data: ArrayBuffer }];
  expect(Buffer.from(data)).toEqual(ACCEPTED);
  socket.close();
});

it('speaks TLS', async () => {
  const authority = await certificateAuthority();
  const { certificate, key } = await authority.issue();
  const conf = `listener 8883
certfile ${CONF}/server.crt
keyfile ${CONF}/server.key
allow_anonymous true
`;
  const mosquitto = await start(conf, { ports: [8883] }, { 'server.crt': certificate, 'server.key': key });
  const address = await mosquitto.waitForPort(8883);
  const socket = connectTls({ ...address, ca: authority.certificate, servername: 'localhost' });
  await once(socket, 'secureConnect');
  socket.write(CONNECT);
  const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(30_000) })) as [Buffer];
  expect(answer).toEqual(ACCEPTED);
  socket.destroy();

  const stranger = connectTls({ ...address, servername: 'localhost' });
  const [error] = (await once(stranger, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toMatch(/CERT|LEAF/);
});

it('lets in who has a password, to the topics that are theirs', async () => {
  const passwords = await container({
    command: ['sh', '-c', 'mosquitto_passwd -b -c /tmp/passwords jack tar && cat /tmp/passwords'],
  });
  const [line] = await passwords.waitForLog(/^jack:\$7\$.*$/m);
  const conf = `listener 1883
plugin /usr/lib/mosquitto_password_file.so
plugin_opt_password_file ${CONF}/passwords
plugin /usr/lib/mosquitto_acl_file.so
plugin_opt_acl_file ${CONF}/topics
`;
  const mosquitto = await start(conf, {}, { passwords: `${line}\n`, topics: 'user jack\ntopic readwrite sea/#\n' });
  const jack = ['-u', 'jack', '-P', 'tar'];
  await publish(mosquitto, '-r', '-t', 'sea/greeting', '-m', 'ahoy', ...jack);
  await publish(mosquitto, '-r', '-t', 'land/greeting', '-m', 'hello', ...jack);
  expect(await retained(mosquitto, 'sea/greeting', ...jack)).toBe('ahoy');
  for (const wrong of [['-u', 'jack', '-P', 'feather'], ['-u', 'jill', '-P', 'tar'], []]) {
    const refused = await mosquitto.exec(['mosquitto_pub', '-t', 'sea/greeting', '-m', 'no', ...wrong], {
      reject: false,
    });
    expect([wrong, refused.exitCode, refused.stderr]).toEqual([wrong, 5, expect.stringContaining('not authorised')]);
  }
});

it.each([
  ['in a file, across a restart', 'persistence true', 'restart'],
  ['in SQLite, though it was killed', 'plugin /usr/lib/mosquitto_persist_sqlite.so\nplugin_opt_flush_period 1', 'kill'],
] as const)('keeps what it was given %s', async (_where, persistence, end) => {
  const data = await volume();
  const conf = `listener 1883\nallow_anonymous true\npersistence_location /mosquitto/data/\n${persistence}\n`;
  const mosquitto = await start(conf, { ports: [1883], volumes: [{ name: data, target: '/mosquitto/data' }] });
  await mosquitto.waitForPort(1883);
  await publish(mosquitto, '-r', '-t', 'greeting', '-m', 'ahoy');
  if (end === 'kill') {
    const written = async (): Promise<number> =>
      (await mosquitto.exec(['grep', '--quiet', '--recursive', 'ahoy', '/mosquitto/data'], { reject: false })).exitCode;
    await expect.poll(written).toBe(0);
    await mosquitto.kill();
    await mosquitto.waitForExit();
  }
  await mosquitto.restart();
  await mosquitto.waitForPort(1883);
  expect(await retained(mosquitto, 'greeting')).toBe('ahoy');
});

it('takes options, another configuration and other commands', async () => {
  const verbose = await container({ command: ['-v'] });
  await verbose.waitForLog(/Config loaded from \/mosquitto\/config\/mosquitto\.conf/);
  const folder = await volumeOf({ 'my.conf': 'listener 2000\nallow_anonymous true\n' });
  const other = await container({
    ports: [2000],
    volumes: [{ name: folder, target: '/my' }],
    command: ['-c', '/my/my.conf'],
  });
  await other.waitForPort(2000);
  const shell = await container({ command: ['sh', '-c', 'echo "I am $(id -un)"'] });
  await shell.waitForLog(/^I am root$/m);
});

it('gives a volume of root to its user, or to the one that is asked for', async () => {
  const data = await volumeOf({ 'mosquitto.db': '' });
  const mosquitto = await start('listener 1883\n', {
    env: { PUID: '4711', PGID: '4712' },
    volumes: [{ name: data, target: '/mosquitto/data' }],
  });
  const owner = await mosquitto.exec(['stat', '--format', '%u:%g', '/mosquitto/data/mosquitto.db']);
  expect(owner.stdout.trim()).toBe('4711:4712');
  expect((await mosquitto.exec(['grep', '^Uid:', '/proc/1/status'])).stdout).toMatch(/^Uid:\t4711\t/);
});

it.each(['1883', '54321', '54321:54321'])('runs as user %s on a file system that can not be written', async (user) => {
  const mosquitto = await container({ user, readOnly: true });
  await mosquitto.waitForLog(/mosquitto version 2\.\S+ running/);
  await publish(mosquitto, '-r', '-t', 'greeting', '-m', 'ahoy');
  expect(await retained(mosquitto, 'greeting')).toBe('ahoy');
});

it('says what is wrong with a configuration, and where', async () => {
  const folder = await volumeOf({ 'mosquitto.conf': 'listener 1883\nlissener 1884\n' });
  const mosquitto = await container({ volumes: [{ name: folder, target: CONF }] });
  await mosquitto.waitForLog(/Unknown configuration variable '?"?lissener/);
  await mosquitto.waitForLog(/mosquitto\.conf:2/);
  expect(await mosquitto.waitForExit()).not.toBe(0);
});

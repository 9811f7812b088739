import { once } from 'node:events';
import { connect } from 'node:http2';
import {
  certificateAuthority,
  container,
  expectVersion,
  imageUnderTest,
  type StartedContainer,
  volumeOf,
} from '@dockyard/image-test';
import { expect, it } from 'vitest';

const CONF = '/etc/unbound/unbound.conf.d';
const LOCAL = `server:
  local-zone: "ship.example." static
  local-data: "ship.example. A 192.0.2.7"
`;

/** A client that forwards to an address, and believes what it hears. */
function client(address: string, more = ''): string {
  return `server:
  module-config: iterator
  do-not-query-localhost: no
${more}forward-zone:
  name: "."
  forward-addr: ${address}
`;
}

async function start(conf: string, more: Parameters<typeof container>[0] = {}, files = {}): Promise<StartedContainer> {
  const folder = await volumeOf({ 'test.conf': conf, 'client.txt': client('127.0.0.1'), ...files });
  const unbound = await container({ volumes: [{ name: folder, target: CONF }], ...more });
  await unbound.waitForLog(/start of service/);
  return unbound;
}

/** What a client in the container hears. */
async function ask(unbound: StartedContainer, name: string, file = 'client.txt'): Promise<string> {
  const { stdout } = await unbound.exec(['unbound-host', '-t', 'A', '-C', `${CONF}/${file}`, name], { reject: false });
  return stdout.trim();
}

/** A container that has the authority over a zone with one name, ship.example, and its address. */
async function authority(zone: string): Promise<{ server: StartedContainer; address: string }> {
  const conf = `auth-zone:
  name: "${zone}"
  zonefile: "${CONF}/zone.txt"
  for-upstream: no
`;
  const records = `$TTL 3600
${zone} IN SOA ns.example. hostmaster.example. 1 3600 600 86400 300
${zone} IN NS ns.example.
ship.example. IN A 192.0.2.8
`;
  const server = await start(conf, {}, { 'zone.txt': records });
  return { server, address: (await server.exec(['hostname', '-i'])).stdout.trim().split(' ')[0] ?? '' };
}

it('answers, as a user without rights of root, is found healthy, and ends cleanly', async () => {
  const unbound = await start(LOCAL);
  expect(await ask(unbound, 'ship.example')).toBe('ship.example has address 192.0.2.7');
  expect(await ask(unbound, 'boat.ship.example')).toContain('not found: 3(NXDOMAIN)');
  const status = (await unbound.exec(['cat', '/proc/1/status'])).stdout;
  expect(status).toMatch(/^Uid:\t101\t101\t101\t101$/m);
  // CAP_NET_BIND_SERVICE is bit 10.
  for (const set of ['Prm', 'Eff', 'Bnd']) expect(status).toContain(`Cap${set}:\t0000000000000400\n`);
  const { config } = await imageUnderTest().config();
  const [, ...healthCheck] = config?.Healthcheck?.Test ?? [];
  expect((await unbound.exec(healthCheck)).exitCode).toBe(0);
  await unbound.stop();
  expect((await unbound.state()).exitCode).toBe(0);
  expect(await unbound.logs()).toContain('service stopped');
});

it('asks the authority of a zone, and remembers what it heard', async () => {
  const { server, address } = await authority('example.');
  const unbound = await start(`server:
  domain-insecure: "example."
stub-zone:
  name: "example."
  stub-addr: ${address}
`);
  expect(await ask(unbound, 'ship.example')).toBe('ship.example has address 192.0.2.8');
  await server.stop();
  expect(await ask(unbound, 'ship.example')).toBe('ship.example has address 192.0.2.8');
  const { stdout } = await unbound.exec(['unbound-control', 'stats_noreset']);
  expect(stdout).toMatch(/^total\.num\.cachehits=1$/m);
});

it("has the root's keys, and refuses what a false root says", async () => {
  const { address } = await authority('.');
  const conf = `server:
  val-log-level: 2
forward-zone:
  name: "."
  forward-addr: ${address}
`;
  const unbound = await start(conf);
  expect(await ask(unbound, 'ship.example')).toContain('not found: 2(SERVFAIL)');
  await unbound.waitForLog(/validation failure <ship\.example\. A IN>/);
  const keys = (await unbound.exec(['cat', '/var/lib/unbound/root.key'])).stdout;
  // The beginnings of those whose tags are 20326 and 38696.
  for (const key of ['AwEAAaz/tAm8yTn4Mfeh', 'AwEAAa96jeuknZlaeSrv']) expect(keys).toContain(` 257 3 8 ${key}`);

  const trusting = await start(conf.replace('server:\n', 'server:\n  domain-insecure: "example."\n'));
  expect(await ask(trusting, 'ship.example')).toBe('ship.example has address 192.0.2.8');
});

it('speaks DNS over TLS and over HTTPS', async () => {
  const ca = await certificateAuthority();
  const { certificate, key } = await ca.issue();
  const conf = `${LOCAL}  interface: 0.0.0.0@853
  interface: 0.0.0.0@443
  tls-service-key: "${CONF}/server.key"
  tls-service-pem: "${CONF}/server.crt"
`;
  const tls = `  tls-cert-bundle: ${CONF}/ca.crt\n  tls-upstream: yes\n`;
  const unbound = await start(
    conf,
    { ports: [443] },
    {
      'server.crt': certificate,
      'server.key': key,
      'ca.crt': ca.certificate,
      'tls.txt': client('127.0.0.1@853#localhost', tls),
    },
  );
  expect(await ask(unbound, 'ship.example', 'tls.txt')).toBe('ship.example has address 192.0.2.7');

  const address = await unbound.waitForPort(443);
  const session = connect(`https://localhost:${address.port}`, { ca: ca.certificate, host: address.host });
  // RFC 1035: one question, recursion desired; ship.example, type A, class IN.
  const question = Buffer.from('\0\0\x01\0\0\x01\0\0\0\0\0\0\x04ship\x07example\0\0\x01\0\x01', 'latin1');
  const stream = session.request({
    ':path': `/dns-query?dns=${question.toString('base64url')}`,
    accept: 'application/dns-message',
  });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  await once(stream, 'end');
  session.close();
  expect([headers[':status'], headers['content-type']]).toEqual([200, 'application/dns-message']);
  expect(Buffer.concat(chunks).subarray(-4)).toEqual(Buffer.from([192, 0, 2, 7]));
});

it('takes options, another configuration and other commands', async () => {
  const version = await expectVersion(/^Version (?<version>\S+)$/m, { command: ['-V'] });
  expect(await version.logs()).toMatch(/OpenSSL 3\.[^]*subnetcache/);
  const folder = await volumeOf({ 'my.conf': 'server:\n  interface: 127.0.0.1\n  verbosity: 2\n' });
  const other = await container({ volumes: [{ name: folder, target: '/my' }], command: ['-c', '/my/my.conf'] });
  await other.waitForLog(/start of service/);
  const shell = await container({ command: ['sh', '-c', 'echo "I am $(id -un)"'] });
  await shell.waitForLog(/^I am root$/m);
});

it('says what is wrong with a configuration, and where', async () => {
  const folder = await volumeOf({ 'test.conf': 'server:\n  no-such-option: yes\n' });
  const unbound = await container({ volumes: [{ name: folder, target: CONF }] });
  await unbound.waitForLog(/test\.conf:2: error: /);
  expect(await unbound.waitForExit()).toBe(1);
});

it.each(['54321', '54321:54321'])('runs as user %s on a file system that can not be written', async (user) => {
  const more = { user, readOnly: true, tmpfs: ['/var/lib/unbound:mode=1777'] };
  const unbound = await start(`${LOCAL}  port: 5353\n`, more, { 'client.txt': client('127.0.0.1@5353') });
  expect(await ask(unbound, 'ship.example')).toBe('ship.example has address 192.0.2.7');
});

it("says where it keeps the root's key where it can't", async () => {
  const unbound = await container({ readOnly: true });
  await unbound.waitForLog(
    /keeps the root's key in \/var\/lib\/unbound: mount a tmpfs or a volume there that user 101/,
  );
  expect(await unbound.waitForExit()).toBe(1);
});

it('reloads its configuration, and comes back after it was killed', async () => {
  const unbound = await start(LOCAL);
  await unbound.exec(['sed', '-i', 's/192.0.2.7/192.0.2.9/', `${CONF}/test.conf`]);
  await unbound.exec(['unbound-control', 'reload']);
  await expect.poll(() => ask(unbound, 'ship.example')).toBe('ship.example has address 192.0.2.9');
  await unbound.kill();
  await unbound.waitForExit();
  await unbound.restart();
  await unbound.waitForLog(/start of service/);
  expect(await ask(unbound, 'ship.example')).toBe('ship.example has address 192.0.2.9');
});

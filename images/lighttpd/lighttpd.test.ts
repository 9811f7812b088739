import { once } from 'node:events';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { certificateAuthority, container, expectVersion, type StartedContainer, volumeOf } from '@dockyard/image-test';
import { expect, it } from 'vitest';

const CONF = '/etc/lighttpd/conf.d';

async function serve(conf: string, more: Parameters<typeof container>[0] = {}): Promise<StartedContainer> {
  const folder = await volumeOf({ 'test.conf': conf });
  return container({ ports: [80], volumes: [{ name: folder, target: CONF }], ...more });
}

it('serves its page, writes its log to the container and ends cleanly', async () => {
  const lighttpd = await container({ ports: [80] });
  await lighttpd.waitForPort(80);
  const answer = await lighttpd.http('/');
  expect([answer.headers.get('server'), answer.headers.get('content-type')]).toEqual([
    expect.stringMatching(/^lighttpd\/1\.4\./),
    expect.stringMatching(/^text\/html/),
  ]);
  expect(await answer.text()).toContain('lighttpd works');
  expect((await lighttpd.http('/.inc')).status).toBe(403);
  await lighttpd.waitForLog(/"GET \/ HTTP\/1\.1" 200 /);
  expect((await lighttpd.exec(['grep', '^Uid:', '/proc/1/status'])).stdout).toMatch(/^Uid:\t33\t33\t33\t33$/m);
  // 50 is 80: it listens on IPv6 too.
  expect((await lighttpd.exec(['cat', '/proc/net/tcp6'])).stdout).toMatch(/: 0{32}:0050 /);
  await lighttpd.stop();
  expect((await lighttpd.state()).exitCode).toBe(0);
  expect(await lighttpd.logs()).toContain('graceful shutdown started');
});

it('ends on SIGTERM too', async () => {
  const lighttpd = await container();
  await lighttpd.waitForLog(/server started/);
  await lighttpd.kill('TERM');
  expect(await lighttpd.waitForExit()).toBe(0);
});

it('speaks TLS and HTTP/2', async () => {
  const authority = await certificateAuthority();
  const { certificate, key } = await authority.issue();
  const conf = `server.modules += ("mod_openssl")
  $SERVER["socket"] == ":443" {
    ssl.engine = "enable"
    ssl.pemfile = "${CONF}/server.crt"
    ssl.privkey = "${CONF}/server.key"
  }`;
  const folder = await volumeOf({ 'test.conf': conf, 'server.crt': certificate, 'server.key': key });
  const lighttpd = await container({ ports: [443], volumes: [{ name: folder, target: CONF }] });
  const address = await lighttpd.waitForPort(443);

  const session = connect(`https://localhost:${address.port}`, { ca: authority.certificate, host: address.host });
  const stream = session.request({ ':path': '/' });
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  await once(stream, 'end');
  session.close();
  expect(headers[':status']).toBe(200);
  expect(text).toContain('lighttpd works');
  await lighttpd.waitForLog(/"GET \/ HTTP\/2\.0" 200 /);
  expect(await lighttpd.logs()).not.toContain('outdated');

  const stranger = request({ host: address.host, port: address.port, servername: 'localhost' });
  stranger.end();
  const [error] = (await once(stranger, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toMatch(/CERT|LEAF/);
});

it('forwards to another server, compresses, and runs Lua', async () => {
  const conf = `server.modules += ("mod_proxy", "mod_deflate", "mod_magnet")
  deflate.mimetypes = ("text/")
  deflate.allowed-encodings = ("br", "zstd", "gzip")
  $HTTP["url"] =^ "/app" { proxy.server = ("" => (("host" => "127.0.0.1", "port" => 8081))) }
  $SERVER["socket"] == "127.0.0.1:8081" { magnet.attract-raw-url-to = ("${CONF}/app.lua") }`;
  const lua = `local r = lighty.r
  r.resp_header["content-type"] = "text/plain"
  r.resp_body:set("ahoy from " .. _VERSION .. ", for " .. r.req_header["x-forwarded-for"] .. string.rep(".", 500))
  return 200`;
  const folder = await volumeOf({ 'test.conf': conf, 'app.lua': lua });
  const lighttpd = await container({ ports: [80], volumes: [{ name: folder, target: CONF }] });
  await lighttpd.waitForPort(80);
  for (const encoding of ['br', 'gzip', 'zstd']) {
    const answer = await lighttpd.http('/app', { headers: { 'accept-encoding': encoding } });
    expect(answer.headers.get('content-encoding')).toBe(encoding);
    if (encoding !== 'zstd') expect(await answer.text()).toMatch(/^ahoy from Lua 5\.4, for [0-9.a-f:]+\.{500}$/);
    else await answer.body?.cancel();
  }
});

it('takes options, another configuration and other commands', async () => {
  const version = await expectVersion(/^lighttpd\/(?<version>\S+) /m, { command: ['-V'] });
  for (const feature of ['IPv6', 'PCRE', 'zlib', 'zstd', 'brotli', 'OpenSSL', 'Lua'])
    expect(await version.logs()).toMatch(new RegExp(`\\+ .*${feature}`, 'i'));
  const checked = await container({ command: ['-tt'] });
  expect(await checked.waitForExit()).toBe(0);

  const folder = await volumeOf({ 'my.conf': 'server.port = 8080\nserver.document-root = "/var/www/html"\n' });
  const other = await container({
    ports: [8080],
    volumes: [{ name: folder, target: '/my' }],
    command: ['-f', '/my/my.conf'],
  });
  await other.waitForPort(8080);
  expect((await other.http('/index.html')).status).toBe(200);
  const shell = await container({ command: ['sh', '-c', 'echo "I am $(id -un)"'] });
  await shell.waitForLog(/^I am root$/m);
});

it.each([
  ['a user of its own', '33'],
  ['any user', '54321'],
  ['any user and group', '54321:54321'],
])('runs as %s on a file system that can not be written', async (_name, user) => {
  const lighttpd = await serve('server.port := 8080', { user, ports: [8080], readOnly: true });
  await lighttpd.waitForPort(8080);
  expect(await (await lighttpd.http('/')).text()).toContain('lighttpd works');
  await lighttpd.waitForLog(/"GET \/ HTTP\/1\.1" 200 /);
});

it('says what is wrong with a configuration, and where', async () => {
  const lighttpd = await serve('server.port := 8080\nserver.errorlog = =\n');
  await lighttpd.waitForLog(/source: .*test\.conf line: [23] /);
  expect(await lighttpd.waitForExit()).not.toBe(0);
});

it('reloads its configuration, and comes back after it was killed', async () => {
  const lighttpd = await serve('server.tag = "one"');
  await lighttpd.waitForPort(80);
  await lighttpd.exec(['sed', '-i', 's/one/two/', `${CONF}/test.conf`]);
  await lighttpd.kill('USR1');
  const tag = async (): Promise<string | null> =>
    (await lighttpd.http('/').catch(() => undefined))?.headers.get('server') ?? null;
  await expect.poll(tag).toBe('two');
  await lighttpd.kill();
  await lighttpd.waitForExit();
  await lighttpd.restart();
  await lighttpd.waitForPort(80);
  expect(await tag()).toBe('two');
});

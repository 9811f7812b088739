import { once } from 'node:events';
import { request } from 'node:https';
import { certificateAuthority, container, expectVersion, type StartedContainer, volumeOf } from '@dockyard/image-test';
import { expect, it } from 'vitest';

const FOLDER = '/usr/local/etc/haproxy';

// Two servers in the same process, and a third that doesn't answer.
const BALANCED = `
global
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend main
  bind :8080
  default_backend app
backend app
  balance roundrobin
  option redispatch
  server one 127.0.0.1:9001 check inter 200ms
  server two 127.0.0.1:9002 check inter 200ms
  server gone 127.0.0.1:9009 check inter 200ms rise 1 fall 1
frontend one
  bind 127.0.0.1:9001
  http-request return status 200 content-type text/plain string one
frontend two
  bind 127.0.0.1:9002
  http-request return status 200 content-type text/plain string two
frontend metrics
  bind :8404
  http-request use-service prometheus-exporter if { path /metrics }
  stats enable
  stats uri /stats
`;

async function start(conf: string, more: Parameters<typeof container>[0] = {}): Promise<StartedContainer> {
  const folder = await volumeOf({ 'haproxy.cfg': conf });
  return container({ ports: [8080, 8404], volumes: [{ name: folder, target: FOLDER, readOnly: true }], ...more });
}

async function text(haproxy: StartedContainer, target: string): Promise<string> {
  return (await haproxy.http(target)).text();
}

it('balances between servers that answer, and tells Prometheus and people', async () => {
  const haproxy = await start(BALANCED);
  await haproxy.waitForPort(8080);
  await haproxy.waitForLog(/Server app\/gone is DOWN/);
  const answers = [];
  for (let i = 0; i < 6; i++) answers.push(await text(haproxy, '/'));
  expect(answers.sort()).toEqual(['one', 'one', 'one', 'two', 'two', 'two']);
  const metrics = await text(haproxy, 'http://localhost:8404/metrics');
  expect(metrics).toMatch(/^haproxy_server_status\{proxy="app",server="one",state="UP"\} 1$/m);
  expect(metrics).toMatch(/^haproxy_server_status\{proxy="app",server="gone",state="DOWN"\} 1$/m);
  expect(await text(haproxy, 'http://localhost:8404/stats')).toContain('Statistics Report');
  await haproxy.waitForLog(/main app\/(one|two) .* "GET \/ HTTP\/1\.1"/);
  expect((await haproxy.exec(['id', '-u'])).stdout.trim()).toBe('99');
});

it('ends TLS and runs Lua', async () => {
  const authority = await certificateAuthority();
  const { certificate, key } = await authority.issue();
  const conf = `
global
  tune.lua.bool-sample-conversion normal
  lua-load ${FOLDER}/greet.lua
defaults
  mode http
  timeout client 10s
frontend main
  bind :8443 ssl crt ${FOLDER}/server.pem alpn h2,http/1.1
  bind quic4@:8443 ssl crt ${FOLDER}/server.pem alpn h3
  http-request use-service lua.greet
`;
  const lua = `core.register_service('greet', 'http', function(applet)
    local answer = 'ahoy from ' .. _VERSION
    applet:set_status(200)
    applet:add_header('content-length', string.len(answer))
    applet:start_response()
    applet:send(answer)
  end)`;
  const folder = await volumeOf({ 'haproxy.cfg': conf, 'greet.lua': lua, 'server.pem': `${certificate}\n${key}` });
  const haproxy = await container({ ports: [8443], volumes: [{ name: folder, target: FOLDER }] });
  const { host, port } = await haproxy.waitForPort(8443);
  const asked = request({ host, port, servername: 'localhost', ca: authority.certificate });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [AsyncIterable<Buffer>];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  expect(Buffer.concat(chunks).toString()).toBe('ahoy from Lua 5.4');
  // 20FB is 8443: QUIC listens too.
  expect((await haproxy.exec(['cat', '/proc/net/udp'])).stdout).toMatch(/:20FB /);
});

it('takes options and other commands', async () => {
  // The commit of the release stands behind it.
  const version = await expectVersion(/^HAProxy version (?<version>[\d.]+)(?:-[0-9a-f]+)? /m, { command: ['-vv'] });
  const log = await version.logs();
  for (const feature of ['+LUA', '+OPENSSL', '+PCRE2', '+PROMEX', '+QUIC']) expect(log).toContain(feature);
  const shell = await container({ command: ['sh', '-c', 'echo "I am $(id -un)"'] });
  await shell.waitForLog(/^I am haproxy$/m);
});

it('says what is wrong with a configuration, and where', async () => {
  const haproxy = await start('frontend main\n  bnd :8080\n');
  await haproxy.waitForLog(/haproxy\.cfg:2.*unknown keyword 'bnd'/);
  expect(await haproxy.waitForExit()).toBe(1);
  const none = await container();
  await none.waitForLog(/haproxy\.cfg.*No such file/);
});

it('runs as any user on a file system that can not be written', async () => {
  const haproxy = await start(BALANCED, { user: '54321:54321', readOnly: true });
  await haproxy.waitForPort(8080);
  await expect.poll(() => text(haproxy, '/')).toMatch(/one|two/);
});

it('reloads on SIGUSR2, ends softly, and comes back after it was killed', async () => {
  const haproxy = await start(BALANCED);
  await haproxy.waitForPort(8080);
  await haproxy.kill('USR2');
  await haproxy.waitForLog(/Reloading HAProxy|New worker \(\d+\) forked[^]*New worker/);
  await haproxy.kill();
  await haproxy.waitForExit();
  await haproxy.restart();
  await haproxy.waitForPort(8080);
  expect(await text(haproxy, '/')).toMatch(/one|two/);
  await haproxy.stop();
  expect((await haproxy.state()).exitCode).toBe(0);
});

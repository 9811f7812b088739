import { once } from 'node:events';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { certificateAuthority, container, expectVersion, type StartedContainer, volumeOf } from '@dockyard/image-test';
import { expect, it } from 'vitest';

const CONF = '/etc/nginx/conf.d';

async function serve(conf: string, more: Parameters<typeof container>[0] = {}): Promise<StartedContainer> {
  const folder = await volumeOf({ 'default.conf': conf });
  return container({ ports: [80], volumes: [{ name: folder, target: CONF }], ...more });
}

it('serves its page, writes its logs to the container and ends cleanly', async () => {
  const nginx = await container({ ports: [80] });
  await nginx.waitForPort(80);
  const answer = await nginx.http('/');
  expect(answer.headers.get('server')).toMatch(/^nginx\/1\.30\./);
  expect(await answer.text()).toContain('Welcome to nginx!');
  await nginx.waitForLog(/"GET \/ HTTP\/1\.1" 200 /);
  const processes = await nginx.exec(['sh', '-c', 'cat /proc/[0-9]*/status | grep -A 8 "^Name:.nginx" | grep ^Uid:']);
  expect(processes.stdout).toMatch(/^Uid:\t0\t/m);
  expect(processes.stdout).toMatch(/^Uid:\t101\t/m);
  await nginx.stop();
  expect((await nginx.state()).exitCode).toBe(0);
  expect(await nginx.logs()).toContain('gracefully shutting down');
});

it('speaks TLS and HTTP/2, and offers HTTP/3', async () => {
  const authority = await certificateAuthority();
  const { certificate, key } = await authority.issue();
  const conf = `server {
    listen 443 ssl;
    listen 443 quic reuseport;
    http2 on;
    ssl_certificate conf.d/server.crt;
    ssl_certificate_key conf.d/server.key;
    add_header Alt-Svc 'h3=":443"';
    location / { return 200 "over $server_protocol"; }
  }`;
  const folder = await volumeOf({ 'default.conf': conf, 'server.crt': certificate, 'server.key': key });
  const nginx = await container({ ports: [443], volumes: [{ name: folder, target: CONF }] });
  const address = await nginx.waitForPort(443);

  const session = connect(`https://localhost:${address.port}`, { ca: authority.certificate, host: address.host });
  const stream = session.request({ ':path': '/' });
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
  await once(stream, 'end');
  session.close();
  expect([headers[':status'], headers['alt-svc'], text]).toEqual([200, 'h3=":443"', 'over HTTP/2.0']);
  // 01BB is 443.
  expect((await nginx.exec(['cat', '/proc/net/udp'])).stdout).toMatch(/: 00000000:01BB /);

  const stranger = request({ host: address.host, port: address.port, servername: 'localhost' });
  stranger.end();
  const [error] = (await once(stranger, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toMatch(/CERT|LEAF/);
});

it('forwards to another server, compresses with brotli, and proxies TCP', async () => {
  const http = `upstream app { server 127.0.0.1:8081; }
  server { listen 127.0.0.1:8081; location / { default_type text/plain; return 200 "host $host, for $http_x_forwarded_for\n"; } }
  server {
    listen 80;
    brotli on;
    brotli_min_length 1;
    brotli_types text/plain;
    location / { proxy_pass http://app; proxy_set_header Host app.example; proxy_set_header X-Forwarded-For 192.0.2.7; }
  }`;
  const folder = await volumeOf({ 'default.conf': http });
  const tcp = await volumeOf({ 'tcp.conf': 'server { listen 9000; proxy_pass 127.0.0.1:80; }' });
  const nginx = await container({
    ports: [80, 9000],
    volumes: [
      { name: folder, target: CONF },
      { name: tcp, target: '/etc/nginx/stream-conf.d' },
    ],
  });
  await nginx.waitForPort(9000);
  for (const url of ['http://localhost/', 'http://localhost:9000/']) {
    const answer = await nginx.http(url, { headers: { 'accept-encoding': 'br' } });
    expect(answer.headers.get('content-encoding')).toBe('br');
    expect(await answer.text()).toBe('host app.example, for 192.0.2.7\n');
  }
});

it('fills templates in from the environment, and only what is set there', async () => {
  const template = 'server { listen ${PORT}; location / { return 200 "$request_uri ${GREETING} ${NOT_SET}"; } }';
  const templates = await volumeOf({
    'default.conf.template': template.replace(' ${NOT_SET}', ''),
    'sub/more.conf.template': 'map $uri $resolvers { default "${NGINX_LOCAL_RESOLVERS}"; }\n',
  });
  const nginx = await container({
    ports: [8080],
    env: { PORT: '8080', GREETING: 'ahoy', NGINX_ENTRYPOINT_LOCAL_RESOLVERS: '1' },
    volumes: [{ name: templates, target: '/etc/nginx/templates' }],
  });
  await nginx.waitForPort(8080);
  expect(await (await nginx.http('/there')).text()).toBe('/there ahoy');
  expect((await nginx.exec(['cat', `${CONF}/sub/more.conf`])).stdout).toMatch(/"[0-9.[\]a-f: ]+"/);
});

it('takes options, other commands and scripts of its users', async () => {
  const version = await expectVersion(/^nginx version: nginx\/(?<version>\S+)$/m, { command: ['-V'] });
  const { groups } = await version.waitForLog(/configure arguments: (?<all>.*)/);
  for (const module of ['http_v3', 'http_v2', 'stream_ssl'])
    expect(groups?.['all']).toContain(`--with-${module}_module`);
  expect(groups?.['all']).not.toContain('mail');
  const shell = await container({ command: ['sh', '-c', 'echo "I am $(id -un)"'] });
  await shell.waitForLog(/^I am root$/m);

  const scripts = await volumeOf({
    '40-mine.envsh': 'export MINE=yes\n',
    '50-tell.sh': '#!/bin/sh\necho "mine: $MINE"\n',
  });
  const nginx = await container({
    volumes: [{ name: scripts, target: '/scripts' }],
    command: [
      'sh',
      '-c',
      'cp /scripts/* /docker-entrypoint.d; chmod +x /docker-entrypoint.d/*; exec docker-entrypoint.sh nginx -t',
    ],
  });
  await nginx.waitForLog(/mine: yes/);
  await nginx.waitForLog(/test is successful/);
});

it.each([
  ['a user of its own', '101'],
  ['any user', '54321'],
  ['any user and group', '54321:54321'],
])('runs as %s on a file system that can not be written', async (_name, user) => {
  const conf = 'server { listen 8080; location / { root /usr/share/nginx/html; } }';
  const nginx = await serve(conf, { user, ports: [8080], readOnly: true, tmpfs: ['/var/cache/nginx:mode=1777'] });
  await nginx.waitForPort(8080);
  expect(await (await nginx.http('/')).text()).toContain('Welcome to nginx!');
  await nginx.waitForLog(/"GET \/ HTTP\/1\.1" 200 /);
});

it('says what is wrong with a configuration, and where', async () => {
  const nginx = await serve('server { listen 80; }\nserver { lisen 81; }\n');
  await nginx.waitForLog(/unknown directive "lisen" in \/etc\/nginx\/conf\.d\/default\.conf:2/);
  expect(await nginx.waitForExit()).toBe(1);
});

it('says who may write templates where it may not', async () => {
  const templates = await volumeOf({ 'a.conf.template': '' });
  const nginx = await container({
    user: '54321:54321',
    volumes: [{ name: templates, target: '/etc/nginx/templates' }],
  });
  await nginx.waitForLog(/conf\.d\/a\.conf can't be written by user 54321/);
});

it('reloads its configuration, and comes back after it was killed', async () => {
  const nginx = await serve('server { listen 80; return 200 one; }');
  await nginx.waitForPort(80);
  await nginx.exec(['sed', '-i', 's/one/two/', `${CONF}/default.conf`]);
  await nginx.exec(['nginx', '-s', 'reload']);
  await expect.poll(async () => (await nginx.http('/')).text()).toBe('two');
  await nginx.kill();
  await nginx.waitForExit();
  await nginx.restart();
  await nginx.waitForPort(80);
  expect(await (await nginx.http('/')).text()).toBe('two');
});

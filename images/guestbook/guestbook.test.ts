import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import {
  certificateAuthority,
  container,
  expectVersion,
  imageOf,
  network,
  type StartedContainer,
  volume,
  volumeOf,
} from '@dockyard/image-test';
import { expect, it, vi } from 'vitest';

const PASSWORD = 'schooner';

// The name is looked up anew, since a container that comes back may have another address. Podman's DNS denies the whole name where it has no IPv6 address.
const NGINX = `server {
  listen 80;
  resolver \${NGINX_LOCAL_RESOLVERS} valid=1s ipv6=off;
  resolver_timeout 3s;
  location / {
    set $app guestbook:9000;
    include fastcgi_params;
    fastcgi_param SCRIPT_FILENAME /var/www/html/index.php;
    fastcgi_pass $app;
  }
}`;
const HAPROXY = `
defaults
  mode http
  log stdout format raw local0
  option httplog
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend public
  bind :8080
  bind :8443 ssl crt /usr/local/etc/haproxy/site.pem alpn h2,http/1.1
  http-request set-header X-Forwarded-Proto https if { ssl_fc }
  http-request del-header X-Forwarded-Proto if !{ ssl_fc }
  default_backend web
backend web
  server nginx nginx:80 check inter 1s
`;

interface Chain {
  readonly haproxy: StartedContainer;
  readonly nginx: StartedContainer;
  readonly guestbook: StartedContainer;
  readonly postgres: StartedContainer;
  /** What a client of HTTPS trusts. */
  readonly authority: string;
}

/** Starts all of it, from the data to the door. */
async function open(): Promise<Chain> {
  const name = await network();
  const on = (...aliases: string[]) => ({ network: { name, aliases } });
  const data = await volume();
  const postgres = await container({
    image: imageOf('postgres:17'),
    ...on('postgres'),
    env: { POSTGRES_USER: 'guestbook', POSTGRES_PASSWORD: PASSWORD },
    volumes: [{ name: data, target: '/var/lib/postgresql/data' }],
  });
  const redis = await container({ image: imageOf('redis:8'), ...on('redis') });
  await postgres.waitForLog(/starts\n[^]*database system is ready to accept connections/);
  await redis.waitForLog(/Ready to accept connections/);

  const guestbook = await container({
    ...on('guestbook'),
    env: { DATABASE_PASSWORD: PASSWORD },
    readOnly: true,
    tmpfs: ['/tmp'],
  });
  await guestbook.waitForLog(/ready to handle connections/);
  const templates = await volumeOf({ 'default.conf.template': NGINX });
  const nginx = await container({
    image: imageOf('nginx:1'),
    ...on('nginx'),
    env: { NGINX_ENTRYPOINT_LOCAL_RESOLVERS: '1', NGINX_ENVSUBST_FILTER: '^NGINX_' },
    volumes: [{ name: templates, target: '/etc/nginx/templates' }],
  });
  await nginx.waitForLog(/start worker process/);
  const authority = await certificateAuthority();
  const { certificate, key } = await authority.issue();
  const settings = await volumeOf({ 'haproxy.cfg': HAPROXY, 'site.pem': `${certificate}\n${key}` });
  const haproxy = await container({
    image: imageOf('haproxy:3'),
    ...on('haproxy'),
    ports: [8080, 8443],
    volumes: [{ name: settings, target: '/usr/local/etc/haproxy' }],
    readOnly: true,
  });
  await haproxy.waitForPort(8080);
  return { haproxy, nginx, guestbook, postgres, authority: authority.certificate };
}

interface Page {
  readonly visits: number;
  readonly https: boolean;
  readonly entries: readonly { readonly name: string; readonly text: string }[];
}

const status = async ({ haproxy }: Chain): Promise<number> => (await haproxy.http('/')).status;

/** Asks until nginx finds php-fpm: while a container comes or goes, Podman's DNS denies any name for a moment. No such request gets further. */
function reach({ haproxy }: Chain, init?: RequestInit): Promise<Response> {
  return vi.waitFor(async () => {
    const answer = await haproxy.http('/', init);
    expect(answer.status).not.toBe(502);
    return answer;
  }, 60_000);
}

async function read(chain: Chain): Promise<Page> {
  const answer = await reach(chain);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Page;
}

async function write(chain: Chain, name: string): Promise<void> {
  const body = new URLSearchParams({ name, text: 'ahoy' });
  expect((await reach(chain, { method: 'POST', body })).status).toBe(201);
}

it('writes and reads through haproxy, nginx, php-fpm, postgres and redis', async () => {
  const chain = await open();
  expect(await read(chain)).toEqual({ visits: 1, https: false, entries: [] });
  await write(chain, 'Argo');
  expect(await read(chain)).toEqual({ visits: 2, https: false, entries: [{ name: 'Argo', text: 'ahoy' }] });
  expect((await chain.haproxy.http('/', { method: 'POST' })).status).toBe(400);

  // Every one of them was on the way.
  await chain.haproxy.waitForLog(/public web\/nginx .* 201 .*"POST \/ HTTP\/1\.1"/);
  await chain.nginx.waitForLog(/"POST \/ HTTP\/1\.1" 201 /);
  await chain.guestbook.waitForLog(/"POST \/" 201/);
  const rows = ['psql', '-U', 'guestbook', '-Atc', 'SELECT name FROM entries'];
  expect((await chain.postgres.exec(rows)).stdout).toBe('Argo');
});

it('speaks HTTPS at its door', async () => {
  const chain = await open();
  const { host, port } = await chain.haproxy.waitForPort(8443);
  const asked = request({ host, port, servername: 'localhost', ca: chain.authority });
  asked.end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  expect(answer.statusCode).toBe(200);
  expect(JSON.parse(await text(answer))).toEqual({ visits: 1, https: true, entries: [] });
});

it('loses nothing where postgres restarts, or is killed', async () => {
  const chain = await open();
  await write(chain, 'Argo');
  await chain.postgres.restart();
  await expect.poll(() => status(chain)).toBe(200);
  await write(chain, 'Vasa');
  await chain.postgres.kill();
  // Its name is gone, too.
  await expect.poll(() => status(chain)).toBe(503);
  await chain.guestbook.waitForLog(/SQLSTATE\[08006\]/);
  await chain.postgres.restart();
  await expect.poll(() => status(chain)).toBe(200);
  expect((await read(chain)).entries.map(({ name }) => name)).toEqual(['Argo', 'Vasa']);
});

it('says that php-fpm is away, and goes on once it is back', async () => {
  const chain = await open();
  await write(chain, 'Argo');
  await chain.guestbook.stop();
  expect((await chain.guestbook.state()).exitCode).toBe(0);
  await expect.poll(() => status(chain)).toBe(502);
  await chain.nginx.waitForLog(/guestbook could not be resolved|connect\(\) failed|Host is unreachable|timed out/);
  await chain.guestbook.restart();
  await expect.poll(() => status(chain)).toBe(200);
  expect((await read(chain)).entries.map(({ name }) => name)).toEqual(['Argo']);

  await chain.nginx.stop();
  await expect.poll(() => status(chain)).toBe(503);
});

it('has the extension of the version that its tag says', async () => {
  await expectVersion(/^phpredis (?<version>\S+)$/m, {
    command: ['php', '-r', 'echo "phpredis ", phpversion("redis"), "\\n";'],
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import type { Digest } from '@dockyard/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credentials } from './auth-file.ts';
import { Client } from './client.ts';
import { parseRepository } from './reference.ts';
import { type Seen, startServer, type TestServer } from './testing/server.ts';

const BYTES = Buffer.from('layer');
const DIGEST: Digest = `sha256:${createHash('sha256').update(BYTES).digest('hex')}`;
const BLOB = { mediaType: 'x', digest: DIGEST, size: BYTES.length };
const USER: Credentials = { username: 'me', password: 's3cret' };
const BASIC = `Basic ${Buffer.from('me:s3cret').toString('base64')}`;

type Reply = readonly [status: number, headers?: OutgoingHttpHeaders, body?: string];

let servers: TestServer[];
let clients: Client[];
let folder: string;
beforeEach(async () => {
  servers = [];
  clients = [];
  folder = await mkdtemp(join(tmpdir(), 'dockyard-session-'));
  await writeFile(join(folder, 'layer'), BYTES);
});
afterEach(async () => {
  for (const client of clients) await client.close();
  for (const server of servers) server.stop();
  await rm(folder, { recursive: true });
});

async function serve(reply: (seen: Seen, server: () => TestServer) => Reply): Promise<TestServer> {
  const server = await startServer((seen, response) => {
    const [status, headers = {}, body = ''] = reply(seen, () => server);
    response.writeHead(status, headers).end(body);
  });
  servers.push(server);
  return server;
}

function clientOf(credentials: Credentials | undefined = USER): Client {
  const client = new Client({
    credentials: () => Promise.resolve(credentials),
    patience: { attempts: 1 },
    silenceMs: 10_000,
  });
  clients.push(client);
  return client;
}

const repository = (server: TestServer) => parseRepository(`${server.host}/g/a`);
const pull = (server: TestServer, credentials?: Credentials) =>
  clientOf(credentials).pullBlob(repository(server), BLOB, join(folder, 'pulled'));
/** The credentials in all that a server was sent. */
const sent = (server: TestServer): string[] =>
  server.seen.flatMap(({ authorization, body, line }) =>
    [authorization ?? [], /s3cret|refresh_token=\w+/.exec(`${body} ${line}`) ?? []].flat(),
  );

describe('credentials stay with the origin that they are for', () => {
  it.each(['Basic realm="x"', 'Bearer realm="REALM",service="s"'])(
    'where a redirect leads to a host that asks for them by %s',
    async (challenge) => {
      const other = await serve(({ line }, self) =>
        line.includes('/token')
          ? [200, {}, '{"token":"t"}']
          : [401, { 'www-authenticate': challenge.replace('REALM', `${self().url}/token`) }],
      );
      const registry = await serve(() => [307, { location: `${other.url}/blob` }]);
      await expect(pull(registry)).rejects.toThrow(/HTTP status 401/);
      expect(sent(other)).toEqual([]);
      expect(other.seen.map(({ line }) => line)).toEqual(['GET /blob']);
    },
  );

  it('where they were sent already, and a redirect leads elsewhere, and back again', async () => {
    const other = await serve(() => [302, { location: `${registry.url}/back` }]);
    const registry: TestServer = await serve(({ line, authorization }) => {
      if (line.endsWith('/back')) return [200, {}, 'layer'];
      return authorization === BASIC
        ? [302, { location: `${other.url}/there` }]
        : [401, { 'www-authenticate': 'Basic' }];
    });
    await pull(registry);
    expect(other.seen).toMatchObject([{ line: 'GET /there', authorization: undefined }]);
    expect(registry.seen.at(-1)).toMatchObject({ line: 'GET /back', authorization: undefined });
  });

  it('but go on within it', async () => {
    const registry = await serve(({ line, authorization }) => {
      if (authorization !== BASIC) return [401, { 'www-authenticate': 'Basic' }];
      return line.endsWith('/moved') ? [200, {}, 'layer'] : [308, { location: '/moved' }];
    });
    await pull(registry);
    expect(registry.seen.at(-1)).toMatchObject({ line: 'GET /moved', authorization: BASIC });
  });

  it('where an upload goes on elsewhere, even if that asks for them', async () => {
    const other = await serve(() => [401, { 'www-authenticate': 'Basic' }]);
    const registry = await serve(({ line, authorization }) => {
      if (authorization !== BASIC) return [401, { 'www-authenticate': 'Basic' }];
      return line.startsWith('HEAD') ? [404] : [202, { location: `${other.url}/upload?secret=url` }];
    });
    await expect(clientOf().pushBlob(repository(registry), BLOB, join(folder, 'layer'))).rejects.toThrow(
      /HTTP status 401/,
    );
    expect(other.seen).toMatchObject([{ line: 'PATCH /upload?secret=url', authorization: undefined, body: 'layer' }]);
  });

  it.each([301, 302, 303, 307, 308])('where a token server redirects with %i', async (status) => {
    const other = await serve(() => [200, {}, '{"token":"stolen"}']);
    const tokens = await serve(() => [status, { location: `${other.url}/token` }]);
    const registry = await serve(() => [401, { 'www-authenticate': `Bearer realm="${tokens.url}/token"` }]);
    await expect(pull(registry)).rejects.toThrow(/HTTP status 401/);
    expect(sent(tokens)).toEqual([BASIC]);
    expect(sent(other)).toEqual([]);
    await expect(pull(registry, { username: '<token>', password: 's3cret' })).rejects.toThrow(
      status === 307 || status === 308
        ? /redirects to http:.*is for http:.* alone/
        : new RegExp(`HTTP status ${String(status)}`),
    );
    expect(sent(other)).toEqual([]);
  });

  it.each([
    ['http://tokens.invalid/token', /only taken from this machine/],
    ['ftp://127.0.0.1/token', /ftp: is not supported/],
    ['https://me:pw@127.0.0.1/token', /with a user or a password/],
    ['/token', /it is no URL/],
  ])('where the realm is %s', async (realm, reason) => {
    const registry = await serve(() => [401, { 'www-authenticate': `Bearer realm="${realm}"` }]);
    await expect(pull(registry)).rejects.toThrow(reason);
    expect(sent(registry)).toEqual([]);
  });

  it('where a redirect or an upload leads to plain http: elsewhere', async () => {
    const away = await serve(({ line }) =>
      line.startsWith('HEAD')
        ? [404]
        : line.startsWith('POST')
          ? [202, { location: 'http://storage.invalid/x' }]
          : [307, { location: 'http://storage.invalid/x' }],
    );
    await expect(pull(away)).rejects.toThrow(
      /redirects where nobody follows: http:\/\/storage\.invalid is plain http:/,
    );
    await expect(clientOf().pushBlob(repository(away), BLOB, join(folder, 'layer'))).rejects.toThrow(
      /names no place to send it to: http:\/\/storage\.invalid is plain http:/,
    );
  });

  it('and redirects end', async () => {
    const registry = await serve(() => [302, { location: '/again' }]);
    await expect(pull(registry)).rejects.toThrow(/redirects too often/);
    expect(registry.seen.length).toBe(6);
  });
});

describe('of several challenges', () => {
  const tokens = () =>
    serve(({ authorization }) => (authorization === BASIC ? [200, {}, '{"token":"","access_token":"good"}'] : [401]));

  it.each<[string, (realm: string) => string | string[]]>([
    ['in one field', (realm) => `Negotiate, Basic realm="r", Bearer realm="${realm}",service="s"`],
    ['in two fields', (realm) => ['Basic realm="r"', `Bearer realm="${realm}",service="s"`]],
    [
      'with an unknown one between',
      (realm) => [`Digest realm="a, Bearer realm=b", nonce="n"`, `bearer realm="${realm}", service=s`],
    ],
  ])('a token is asked for before a password: %s', async (_, challenge) => {
    const server = await tokens();
    const registry = await serve(({ authorization }) =>
      authorization === 'Bearer good'
        ? [200, {}, 'layer']
        : [401, { 'www-authenticate': challenge(`${server.url}/token`) }],
    );
    await pull(registry);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([undefined, 'Bearer good']);
    expect(server.seen.map(({ line }) => line)).toEqual([
      'GET /token?service=s&account=me&scope=repository%3Ag%2Fa%3Apull',
    ]);
  });

  it.each(['Negotiate, Basic realm="r"', 'Bearer service="no realm", Basic'])(
    '%s, what is known is answered',
    async (field) => {
      const registry = await serve(({ authorization }) =>
        authorization === BASIC ? [200, {}, 'layer'] : [401, { 'www-authenticate': field }],
      );
      await pull(registry);
    },
  );

  it('none is known: the answer is what it is', async () => {
    const registry = await serve(() => [401, { 'www-authenticate': 'Negotiate' }]);
    await expect(pull(registry)).rejects.toThrow(/HTTP status 401/);
    expect(sent(registry)).toEqual([]);
  });

  it('and wrong credentials are sent once', async () => {
    const registry = await serve(() => [401, { 'www-authenticate': 'Basic' }]);
    const client = clientOf();
    for (let time = 0; time < 2; time++)
      await expect(client.hasBlob(repository(registry), DIGEST)).rejects.toThrow(/HTTP status 401/);
    expect(registry.seen.map(({ authorization }) => authorization)).toEqual([undefined, BASIC, BASIC]);
  });
});

it('a token that no header takes is none', async () => {
  const server = await serve(() => [200, {}, JSON.stringify({ token: 'a\r\nx-evil: 1' })]);
  const registry = await serve(() => [401, { 'www-authenticate': `Bearer realm="${server.url}/token"` }]);
  await expect(pull(registry)).rejects.toThrow(/the answer holds none/);
});

it('a blob is mounted where a token is needed for both repositories', async () => {
  const server = await serve(({ line }) => [
    200,
    {},
    JSON.stringify({ token: line.includes('parent') ? 'both' : 'one' }),
  ]);
  const registry = await serve(({ line, authorization }) => {
    if (authorization === undefined) return [401, { 'www-authenticate': `Bearer realm="${server.url}/token"` }];
    if (line.startsWith('HEAD')) return [404];
    return line.includes('mount=') && authorization === 'Bearer both' ? [201] : [202, { location: '/upload' }];
  });
  const from = [parseRepository(`${registry.host}/g/parent`)];
  expect(await clientOf().pushBlob(repository(registry), BLOB, join(folder, 'layer'), { from })).toBe('mounted');
});

it('a stream is sent again once the token is renewed', async () => {
  let tokens = 0;
  const server = await serve(() => [200, {}, JSON.stringify({ token: String((tokens += 1)) })]);
  const registry = await serve(({ line, authorization }) => {
    const expired = line.startsWith('PATCH') && authorization === 'Bearer 2';
    if (authorization === undefined || expired)
      return [401, { 'www-authenticate': `Bearer realm="${server.url}/token"` }];
    if (line.startsWith('HEAD')) return [404];
    return line.startsWith('PUT') ? [201] : [202, { location: '/upload' }];
  });
  expect(await clientOf().pushBlob(repository(registry), BLOB, join(folder, 'layer'))).toBe('uploaded');
  expect(registry.seen.filter(({ line }) => line.startsWith('PATCH')).map(({ body }) => body)).toEqual([
    'layer',
    'layer',
  ]);
});

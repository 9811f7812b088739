import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { type Registry, registryIsTested, startRegistry } from '@dockyard/lab';
import { Client, credentialStore, parseRepository } from '@dockyard/registry';
import { proxyOf } from '@dockyard/sources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const tested = await registryIsTested();

/** What skopeo and our client do with one and the same thing has to be the same: a person logs in once for both. */
describe.skipIf(!tested)('as skopeo does it', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'as-skopeo-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const skopeo = (args: readonly string[], env: Record<string, string> = {}) =>
    exec(
      { command: 'skopeo', args: ['--insecure-policy', ...args], env: { DOCKER_CONFIG: '/nonexistent', ...env } },
      { reject: false, timeoutMs: 120_000 },
    );
  const auth = (user: string, password: string) => ({ auth: Buffer.from(`${user}:${password}`).toString('base64') });

  describe('the account of a repository', () => {
    let registry: Registry;
    const users = ['host', 'group', 'project', 'repository', 'other', 'old'];
    beforeAll(async () => {
      const grants = { '*': ['pull', 'push'] } as const;
      registry = await startRegistry({
        users: Object.fromEntries(users.map((user) => [user, { password: user, grants }])),
      });
    });
    afterAll(() => registry.stop());

    /** The account by which each asked for a token. */
    const accounts = async (keys: Readonly<Record<string, string>>, name: string, place: 'file' | 'session') => {
      const auths = Object.fromEntries(
        Object.entries(keys).map(([key, user]) => [key.replace('HOST', registry.host), auth(user, user)]),
      );
      const file = join(folder, 'auth.json');
      await writeFile(file, JSON.stringify({ auths }));
      const session = await mkdtemp(join(folder, 'session-'));
      if (place === 'session')
        await exec({ command: 'install', args: ['-D', file, join(session, 'containers/auth.json')] });
      const env = place === 'file' ? { REGISTRY_AUTH_FILE: file } : { XDG_RUNTIME_DIR: session, HOME: session };
      const before = registry.tokens().length;
      await skopeo(['inspect', '--raw', '--tls-verify=false', `docker://${registry.host}/${name}:1`], env);
      const theirs = registry.tokens().slice(before).at(-1);
      const client = new Client({ credentials: credentialStore(env) });
      try {
        await client.findManifest(parseRepository(`${registry.host}/${name}`), '1').catch(() => undefined);
      } finally {
        await client.close();
      }
      const ours = registry.tokens().at(-1);
      expect(registry.tokens().length).toBeGreaterThan(before + 1);
      return { theirs: theirs?.account, ours: ours?.account };
    };

    const all = { HOST: 'host', 'HOST/g': 'group', 'HOST/g/p': 'project', 'HOST/g/p/boat': 'repository' };
    it.each<[string, Readonly<Record<string, string>>, string, string | undefined]>([
      ['the most specific first', all, 'g/p/boat', 'repository'],
      ['then what is above it', all, 'g/p/ferry', 'project'],
      ['and above that', all, 'g/q', 'group'],
      ['a part of a name is none', all, 'g-two/p', 'host'],
      ['nobody where another repository has an entry', { 'HOST/g/p': 'project' }, 'g/q', undefined],
      ['nor another host', { 'registry.example.com': 'other' }, 'g/q', undefined],
      ['a key with a scheme', { 'https://HOST': 'old' }, 'g/p', 'old'],
      ['a key with the path of an API', { 'https://HOST/v1/': 'old' }, 'g/p', 'old'],
      ['a key by http:', { 'http://HOST/v2/': 'old' }, 'g/p', 'old'],
      ['the key that is the host before that with a scheme', { 'https://HOST': 'old', HOST: 'host' }, 'g/p', 'host'],
      ['a path before a key with a scheme', { 'https://HOST': 'old', 'HOST/g': 'group' }, 'g/p', 'group'],
    ])('%s', async (_, keys, name, expected) => {
      for (const place of ['file', 'session'] as const)
        expect(await accounts(keys, name, place)).toEqual({ theirs: expected, ours: expected });
    });
  });

  describe('challenges and redirects', () => {
    const MANIFEST = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', size: 2, digest: digestOf('{}') },
      layers: [],
    });
    type Reply = readonly [status: number, headers?: OutgoingHttpHeaders, body?: string];

    /** Runs both against servers of one kind, and tells what each of them was sent. */
    async function both<T>(
      run: (act: (host: string) => Promise<boolean>) => Promise<T>,
      what: 'manifest' | 'blob',
    ): Promise<{ theirs: T; ours: T }> {
      const file = join(folder, 'challenge.json');
      const theirs = await run(async (host) => {
        await writeFile(file, JSON.stringify({ auths: { [host]: auth('me', 's3cret') } }));
        const reference = `docker://${host}/g/boat:1`;
        const to = join(folder, `copy-${host.replace(':', '-')}`);
        const args =
          what === 'blob'
            ? ['copy', '--src-tls-verify=false', reference, `dir:${to}`]
            : ['inspect', '--raw', '--tls-verify=false', reference];
        return (await skopeo(args, { REGISTRY_AUTH_FILE: file })).exitCode === 0;
      });
      const ours = await run(async (host) => {
        const client = new Client({
          credentials: () => Promise.resolve({ username: 'me', password: 's3cret' }),
          patience: { attempts: 1 },
        });
        const repository = parseRepository(`${host}/g/boat`);
        try {
          await client.pullManifest(repository, '1');
          const config = { mediaType: '', size: 2, digest: digestOf('{}') };
          if (what === 'blob') await client.pullBlob(repository, config, join(folder, 'blob'));
          return true;
        } catch {
          return false;
        } finally {
          await client.close();
        }
      });
      return { theirs, ours };
    }

    async function serve(reply: (request: IncomingMessage) => Reply) {
      const seen: string[] = [];
      const server = createServer((request, response) => {
        seen.push(`${request.url ?? ''} ${request.headers.authorization ?? '-'}`);
        const [status, headers = {}, body = ''] = reply(request);
        response.writeHead(status, headers).end(body);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const stop = (): void => {
        server.close();
        server.closeAllConnections();
      };
      return { host: `127.0.0.1:${String((server.address() as AddressInfo).port)}`, seen, stop };
    }

    const content = (request: IncomingMessage): Reply => {
      if (request.url?.includes('/blobs/') === true) return [200, {}, '{}'];
      const type = 'application/vnd.oci.image.manifest.v1+json';
      return request.url === '/v2/' ? [200] : [200, { 'content-type': type }, MANIFEST];
    };

    it.each<[string, (realm: string) => string | string[]]>([
      ['Bearer', (realm) => `Bearer realm="${realm}",service="s"`],
      ['Bearer, in other letters and with blanks', (realm) => `BEARER Realm="${realm}" , service="s"`],
      ['Basic', () => 'Basic realm="r"'],
      ['unknown, then Bearer', (realm) => ['Negotiate', `Bearer realm="${realm}",service="s"`]],
      ['unknown with parameters, then Basic', () => ['Digest realm="a, Bearer realm=b",nonce="n"', 'Basic realm="r"']],
      ['Bearer, then Basic', (realm) => [`Bearer realm="${realm}",service="s"`, 'Basic realm="r"']],
      ['unknown alone', () => 'Negotiate'],
    ])('%s', async (_, challenge) => {
      const outcome = await both(async (act) => {
        const tokens = await serve(() => [200, {}, '{"token":"good"}']);
        const registry = await serve((request) =>
          /^(?:Bearer good|Basic bWU6czNjcmV0)$/.test(request.headers.authorization ?? '')
            ? content(request)
            : [401, { 'www-authenticate': challenge(`http://${tokens.host}/token`) }],
        );
        const worked = await act(registry.host);
        tokens.stop();
        registry.stop();
        const asked = tokens.seen.map((line) => {
          const [target = '', ...authorization] = line.split(' ');
          return [[...new URL(target, 'http://x').searchParams].sort(), authorization.join(' ')];
        });
        return { worked, tokens: asked, last: worked ? registry.seen.at(-1) : undefined };
      }, 'manifest');
      expect(outcome.ours).toEqual(outcome.theirs);
    });

    it.each([307, 302])('a blob that is redirected with %i to another host: no password goes there', async (status) => {
      const outcome = await both(async (act) => {
        const storage = await serve(() => [200, {}, '{}']);
        const registry = await serve((request) => {
          if (request.headers.authorization === undefined) return [401, { 'www-authenticate': 'Basic realm="r"' }];
          return request.url?.includes('/blobs/') === true
            ? [status, { location: `http://localhost:${storage.host.split(':')[1] ?? ''}/blob` }]
            : content(request);
        });
        const worked = await act(registry.host);
        storage.stop();
        registry.stop();
        return { worked, stored: storage.seen };
      }, 'blob');
      expect(outcome.ours).toEqual({ worked: true, stored: ['/blob -'] });
      expect(outcome.theirs).toEqual(outcome.ours);
    });
  });

  const HOSTS = ['registry.example.com', 'example.com', 'badexample.com:5000', '10.1.2.3:5000'];
  it.each([
    '',
    'example.com',
    '.example.com',
    '*.example.com',
    ' Example.COM , x',
    'x example.com',
    'example.com:443,badexample.com:5001',
    '10.0.0.0/8',
    '10.1.2.3:5000,example.com:5000',
    '*',
  ])('the proxy, with NO_PROXY=%j', async (noProxy) => {
    const env = { HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: noProxy };
    for (const host of HOSTS) {
      // Without a network, so that nothing is asked; which connection failed tells what it would have been.
      const { stderr, exitCode } = await exec(
        {
          command: 'unshare',
          args: ['--net', 'skopeo', '--insecure-policy', 'inspect', '--raw', `docker://${host}/a:1`],
          env: { ...env, no_proxy: '', https_proxy: '' },
        },
        { reject: false, timeoutMs: 60_000 },
      );
      expect(exitCode).not.toBe(0);
      expect(stderr).toMatch(/unreachable/);
      expect([host, proxyOf(new URL(`https://${host}`), env) !== undefined]).toEqual([
        host,
        /proxyconnect/.test(stderr),
      ]);
    }
  });
});

function digestOf(text: string): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

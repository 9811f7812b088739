import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandError, type Exec, exec, recordedExec, UserError } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FetchEvent } from './events.ts';
import { type FetchOptions, fetchSources } from './fetch-sources.ts';
import type { SourceRequest } from './request.ts';
import { type Answer, sendCut as sendPart, sendRange, startServer, type TestServer } from './testing/server.ts';

const BODY = randomBytes(300_000);
const OTHER = randomBytes(1_000);
const hash = (data: Buffer, algorithm = 'sha256'): string => createHash(algorithm).update(data).digest('hex');
const FAST = { backOffMs: 1, stallMs: 200, mostWaitMs: 20 };

let dir: string;
let store: string;
let servers: TestServer[];
let events: FetchEvent[];
let cuts: (() => void)[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sources-test-'));
  store = join(dir, 'store');
  servers = [];
  events = [];
  cuts = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await rm(dir, { recursive: true, force: true });
});

async function serve(answer: Answer): Promise<TestServer> {
  const server = await startServer(answer);
  servers.push(server);
  return server;
}
const sendCut = (...args: Parameters<typeof sendPart>): void => void cuts.push(sendPart(...args));
const good: Answer = (_request, response) => void response.end(BODY);
const status =
  (code: number, headers = {}): Answer =>
  (_request, response) =>
    void response.writeHead(code, headers).end('no');

function source(urls: string[], more: Partial<SourceRequest> = {}): SourceRequest {
  return { file: 'a.tar.gz', urls, digest: { algorithm: 'sha256', hex: hash(BODY) }, ...more };
}
const options = (more: FetchOptions = {}): FetchOptions => ({
  store,
  limits: FAST,
  report: (event) => {
    events.push(event);
    if (event.type === 'progress' && event.received > 0) for (const cut of cuts.splice(0)) cut();
  },
  ...more,
});
const fetch = (request: SourceRequest, more: FetchOptions = {}): Promise<string | undefined> =>
  fetchSources([request], options(more)).then((paths) => paths.get(request.file));
async function failure(promise: Promise<unknown>): Promise<UserError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
  return error;
}
const entry = (hex: string, algorithm = 'sha256'): string => join(store, algorithm, hex.slice(0, 2), hex);
async function leftovers(): Promise<string[]> {
  const names = await readdir(join(store, 'partial')).catch(() => []);
  return names.filter((name) => !name.endsWith('.lock'));
}

describe('a good download', () => {
  it('lies in the store under its digest', async () => {
    const server = await serve(good);
    const path = await fetch(source([`${server.url}/a`], { size: BODY.length }));
    expect(path).toBe(entry(hash(BODY)));
    expect(await readFile(entry(hash(BODY)))).toEqual(BODY);
    expect(await leftovers()).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'fetched', size: BODY.length, url: `${server.url}/a` });
  });

  it('may be known by its sha512', async () => {
    const server = await serve(good);
    const hex = hash(BODY, 'sha512');
    expect(await fetch(source([server.url], { digest: { algorithm: 'sha512', hex } }))).toBe(entry(hex, 'sha512'));
  });

  it('is not asked for again', async () => {
    const server = await serve(good);
    await fetch(source([server.url]));
    await fetch(source([server.url]));
    expect(server.requests).toHaveLength(1);
    expect(events.at(-1)?.type).toBe('present');
  });

  it('is fetched once for two names of one digest', async () => {
    const server = await serve(good);
    const paths = await fetchSources([source([server.url]), source([server.url], { file: 'b' })], options());
    expect([...paths.keys()]).toEqual(['a.tar.gz', 'b']);
    expect(server.requests).toHaveLength(1);
  });

  it('stays encoded as the server has it', async () => {
    const server = await serve((_request, response) => void response.setHeader('content-encoding', 'gzip').end(BODY));
    await fetch(source([server.url]));
    expect(await readFile(entry(hash(BODY)))).toEqual(BODY);
  });

  it('follows redirects', async () => {
    const server = await serve((request, response) =>
      request.url === '/a' ? void response.writeHead(302, { location: '/b' }).end() : void response.end(BODY),
    );
    await fetch(source([`${server.url}/a`]));
    expect(server.paths()).toEqual(['/a', '/b']);
  });
});

describe('a wrong checksum', () => {
  it('is fatal, deletes the bytes, tells expected, found and URL, and asks no other mirror', async () => {
    const [wrong, right] = [await serve((_request, response) => void response.end(OTHER)), await serve(good)];
    const error = await failure(fetch(source([`${wrong.url}/x`, right.url])));
    expect(error.message).toContain(`expected ${hash(BODY)}`);
    expect(error.message).toContain(`found    ${hash(OTHER)}`);
    expect(error.message).toContain(`${wrong.url}/x`);
    expect(right.requests).toHaveLength(0);
    expect(existsSync(entry(hash(BODY)))).toBe(false);
    expect(await leftovers()).toEqual([]);
  });

  it('is noticed in a file that is longer than it may be', async () => {
    const server = await serve((_request, response) => void response.end(Buffer.concat([BODY, OTHER])));
    const error = await failure(fetch(source([server.url], { size: BODY.length })));
    expect(error.message).toContain('not the expected sha256');
  });
});

describe('a broken transfer', () => {
  it('goes on where it ended when the server can', async () => {
    const server = await serve((request, response, count) =>
      count === 0 ? sendCut(response, BODY, 100_000, '"v1"') : sendRange(request, response, BODY, '"v1"'),
    );
    await fetch(source([server.url]));
    const [first, second] = server.requests;
    expect(first?.headers.range).toBeUndefined();
    expect(second?.headers).toMatchObject({ 'if-range': '"v1"' });
    expect(Number(/\d+/.exec(second?.headers.range ?? '')?.[0])).toBeGreaterThan(0);
    expect(await readFile(entry(hash(BODY)))).toEqual(BODY);
  });

  it('goes on in the next run', async () => {
    const server = await serve((request, response, count) =>
      count === 0 ? sendCut(response, BODY, 100_000, '"v1"') : sendRange(request, response, BODY, '"v1"'),
    );
    await failure(fetch(source([server.url]), { limits: { ...FAST, rounds: 1 } }));
    await fetch(source([server.url]));
    expect(server.requests[1]?.headers.range).toMatch(/^bytes=\d+-$/);
  });

  it('starts again when the file has changed meanwhile', async () => {
    const server = await serve((request, response, count) =>
      count === 0 ? sendCut(response, OTHER, 500, '"old"') : sendRange(request, response, BODY, '"new"'),
    );
    await fetch(source([server.url]));
    expect(server.requests[1]?.headers['if-range']).toBe('"old"');
    expect(await readFile(entry(hash(BODY)))).toEqual(BODY);
  });

  it('starts again when the server knows no ranges', async () => {
    const server = await serve((_request, response, count) =>
      count === 0 ? sendCut(response, BODY, 100_000) : void response.end(BODY),
    );
    await fetch(source([server.url]));
    expect(server.requests[1]?.headers.range).toBeUndefined();
  });

  it('starts again when the server refuses the range', async () => {
    const server = await serve((request, response, count) =>
      count === 0
        ? sendCut(response, BODY, 100_000, '"v1"')
        : request.headers.range === undefined
          ? void response.end(BODY)
          : void response.writeHead(416).end(),
    );
    await fetch(source([server.url]));
    expect(server.requests).toHaveLength(3);
  });

  it('starts again when the beginning proves to be wrong', async () => {
    const server = await serve((request, response, count) =>
      count === 0
        ? sendCut(response, Buffer.alloc(BODY.length), 1_000, '"v1"')
        : sendRange(request, response, BODY, '"v1"'),
    );
    await fetch(source([server.url]));
    expect(server.requests.map(({ headers }) => headers.range !== undefined)).toEqual([false, true, false]);
    expect(await readFile(entry(hash(BODY)))).toEqual(BODY);
  });

  it('is an error in the end, and what came is never given out', async () => {
    const server = await serve((_request, response) => sendCut(response, BODY, 100_000));
    const error = await failure(fetch(source([server.url])));
    expect(error.message).toMatch(/connection was cut|ended early/);
    expect(server.requests).toHaveLength(4);
    expect(existsSync(entry(hash(BODY)))).toBe(false);
  });

  it('is noticed without a length when the size is known', async () => {
    const server = await serve((_request, response, count) => {
      response.writeHead(200, { connection: 'close' });
      response.end(count === 0 ? BODY.subarray(0, 1_000) : BODY);
    });
    await fetch(source([server.url], { size: BODY.length }));
    expect(server.requests).toHaveLength(2);
  });
});

describe('mirrors', () => {
  it('asks the next one when a server hangs before or amid its answer', async () => {
    const silent = await serve(() => undefined);
    const stuck = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': BODY.length });
      response.write(BODY.subarray(0, 10));
    });
    const right = await serve(good);
    await fetch(source([silent.url, stuck.url, right.url]));
    const reasons = events.flatMap((event) => (event.type === 'failed' ? [event.reason] : []));
    expect(reasons).toEqual(['nothing came for 0.2 s', 'nothing came for 0.2 s']);
    expect(right.requests).toHaveLength(1);
  });

  it('asks the next one after a 404, and never the first again', async () => {
    const missing = await serve(status(404));
    const later = await serve((_request, response, count) =>
      count === 0 ? void response.writeHead(503).end() : void response.end(BODY),
    );
    await fetch(source([missing.url, later.url]));
    expect([missing.requests.length, later.requests.length]).toEqual([1, 2]);
  });

  it('asks the next one when a host is not known', async () => {
    const right = await serve(good);
    await fetch(source(['https://no-such-host.invalid/a', right.url]));
    expect(events.find(({ type }) => type === 'failed')).toMatchObject({ url: 'https://no-such-host.invalid/a' });
    expect(events.some(({ type }) => type === 'pause')).toBe(false);
  });

  it('tells every URL and reason when all are down', async () => {
    const gone = await serve(status(410));
    const busy = await serve(status(429, { 'retry-after': '3600' }));
    const closed = await serve(good);
    await closed.close();
    const error = await failure(fetch(source([gone.url, busy.url, closed.url])));
    expect(error.message).toContain(`${gone.url}\n    HTTP status 410`);
    expect(error.message).toContain(`${busy.url}\n    HTTP status 429`);
    expect(error.message).toContain(`${closed.url}\n    the host refuses the connection`);
    expect([gone.requests.length, busy.requests.length]).toEqual([1, 4]);
    expect(error.hint).toContain('try again');
  });

  it('makes no further round when nothing can ever work', async () => {
    const missing = await serve(status(404));
    const error = await failure(fetch(source([missing.url])));
    expect(missing.requests).toHaveLength(1);
    expect(error.hint).toContain('correct them');
  });

  it.each([
    ['http://example.org/a', 'only taken from this machine'],
    ['ftp://example.org/a', 'not supported'],
    ['file:///etc/passwd', 'not supported'],
    ['debian:../../etc/passwd', 'must be debian:pool/'],
    ['debian:pool/../../x', 'must be debian:pool/'],
    ['npm:left-pad@^1.0.0', 'npm:package@version'],
    ['nonsense', 'no URL'],
  ])('refuses %s', async (url, reason) => {
    expect((await failure(fetch(source([url])))).message).toContain(reason);
  });

  it('does not follow a redirect to plain http elsewhere', async () => {
    const server = await serve(status(302, { location: 'http://example.org/a' }));
    expect((await failure(fetch(source([server.url])))).message).toContain('only taken from this machine');
  });

  it('hides what a URL says about who asks', async () => {
    const server = await serve(status(404));
    const error = await failure(fetch(source([server.url.replace('//', '//me:secret@')])));
    expect(error.message).not.toContain('secret');
  });
});

describe('debian:', () => {
  const pool = 'pool/main/h/hello/hello_2.10.orig.tar.gz';

  it('asks the mirrors of its archive in order', async () => {
    const [one, two, security] = [await serve(status(404)), await serve(status(404)), await serve(status(404))];
    const mirrors = [`${security.url}/debian-security/`, `${one.url}/debian`, `${two.url}/debian/`];
    const failed = (): string[] => events.flatMap((event) => (event.type === 'failed' ? [event.url] : []));
    await failure(fetch(source([`debian:${pool}`]), { mirrors }));
    expect(failed()).toEqual([`${one.url}/debian/${pool}`, `${two.url}/debian/${pool}`]);
    events = [];
    await failure(fetch(source(['debian:pool/updates/main/x.deb']), { mirrors }));
    expect(failed()).toEqual([`${security.url}/debian-security/pool/updates/main/x.deb`]);
  });

  it('reads DOCKYARD_DEBIAN_MIRROR', async () => {
    const server = await serve(good);
    await fetch(source([`debian:${pool}`]), { env: { DOCKYARD_DEBIAN_MIRROR: ` ${server.url}/debian ` } });
    expect(server.paths()).toEqual([`/debian/${pool}`]);
  });

  it('says so where no mirror of the archive is named', async () => {
    const error = await failure(
      fetch(source([`debian:${pool}`]), { mirrors: ['https://mirror.invalid/debian-security'] }),
    );
    expect(error.message).toContain('DOCKYARD_DEBIAN_MIRROR names no mirror of this archive');
  });

  it('does not stand in the way of another URL', async () => {
    const server = await serve(good);
    const env = { DOCKYARD_DEBIAN_MIRROR: '/srv/debian' };
    await fetch(source([`debian:${pool}`, server.url]), { env });
    expect(server.requests).toHaveLength(1);
    expect(events.find(({ type }) => type === 'failed')).toMatchObject({
      reason: expect.stringContaining('/srv/debian is not a usable Debian mirror') as string,
    });
  });

  describe('on any host', () => {
    /** Debian's own mirrors, by way of a proxy: what it is asked for is what they would be. */
    let proxied: string[];
    const asProxy = async (answer: Answer): Promise<void> => {
      const server = await serve((request, response, count) => {
        proxied.push(request.url ?? '');
        answer(request, response, count);
      });
      vi.stubEnv('http_proxy', server.url);
      vi.stubEnv('no_proxy', '127.0.0.1');
    };
    beforeEach(() => {
      proxied = [];
    });
    afterEach(() => {
      vi.unstubAllEnvs();
    });
    const noApt: Exec = (command) => Promise.reject(new CommandError(command, { notFound: true }));
    const security = 'pool/updates/main/h/hello/hello_2.10_all.deb';

    it('comes from Debian’s own mirrors where there is no apt', async () => {
      await asProxy(good);
      await fetch(source([`debian:${pool}`]), { env: {}, exec: noApt });
      await fetch(source([`debian:${security}`], { digest: { algorithm: 'sha512', hex: hash(BODY, 'sha512') } }), {
        env: {},
        exec: noApt,
      });
      expect(proxied).toEqual([
        `http://ftp.debian.org/debian/${pool}`,
        `http://security.debian.org/debian-security/${security}`,
      ]);
    });

    it('comes from them where the mirror of apt has it no more', async () => {
      await asProxy(good);
      const mirror = await serve(status(404));
      await fetch(source([`debian:${pool}`]), { env: {}, exec: aptWith(`${mirror.url}/debian/`) });
      expect(mirror.paths()).toEqual([`/debian/${pool}`]);
      expect(proxied).toEqual([`http://ftp.debian.org/debian/${pool}`]);
    });

    it('is gone where the mirror of apt says so, though Debian’s own can not be reached, which is asked once', async () => {
      await asProxy(status(503));
      const mirror = await serve(status(404));
      const error = await failure(
        fetch(source([`debian:${pool}`]), { env: {}, exec: aptWith(`${mirror.url}/debian/`) }),
      );
      expect(error).toMatchObject({ gone: true });
      expect(proxied).toHaveLength(1);
    });

    it('is not gone where the only mirrors can not be reached', async () => {
      await asProxy(status(503));
      const error = await failure(
        fetch(source([`debian:${pool}`]), { env: {}, exec: noApt, limits: { ...FAST, rounds: 2 } }),
      );
      expect(error).toMatchObject({ gone: false });
      expect(proxied).toHaveLength(2);
    });

    const aptWith = (mirror: string): Exec =>
      recordedExec([
        { match: 'indextargets', result: {} },
        { match: '--print-uris', result: { stdout: `'${mirror}dists/trixie/InRelease' name 0 ` } },
      ]);
  });
});

describe('npm:', () => {
  const registryExec = (url: string): Exec =>
    recordedExec([{ match: /npm config get registry/, result: { stdout: url } }]);
  const registry = (): Promise<TestServer> =>
    serve((request, response) => {
      if (request.url === '/t/-/t-1.0.0.tgz') response.end(BODY);
      else if (request.url === '/@a%2ft')
        response.end(
          JSON.stringify({
            versions: { '1.0.0': { dist: { tarball: `http://${request.headers.host}/t/-/t-1.0.0.tgz` } } },
          }),
        );
      else response.writeHead(404).end();
    });

  it('asks the registry where the tarball lies', async () => {
    const server = await registry();
    await fetch(source(['npm:@a/t@1.0.0']), { exec: registryExec(`${server.url}/`) });
    expect(server.paths()).toEqual(['/@a%2ft', '/t/-/t-1.0.0.tgz']);
  });

  it('tells a missing version', async () => {
    const server = await registry();
    const error = await failure(fetch(source(['npm:@a/t@2.0.0']), { exec: registryExec(server.url) }));
    expect(error.message).toContain('the registry has no @a/t 2.0.0');
  });
});

describe('names', () => {
  it.each(['../x', '..', '.', '', 'a/b', 'a\\b', '/etc/passwd', 'a\0b', 'a\nb'])('refuses %j', async (file) => {
    const server = await serve(good);
    expect((await failure(fetch(source([server.url], { file })))).message).toContain('plain file name');
    expect(server.requests).toHaveLength(0);
  });

  it('refuses one name twice', async () => {
    expect((await failure(fetchSources([source(['x:']), source(['x:'])], options()))).message).toContain('Two sources');
  });

  it.each(['../../../etc/passwd', 'abc', hash(BODY).toUpperCase()])('refuses the digest %j', async (hex) => {
    const error = await failure(fetch(source(['x:'], { digest: { algorithm: 'sha256', hex } })));
    expect(error.message).toContain('64 hex digits');
  });
});

describe('the store', () => {
  it('fetches a corrupt entry again and says so', async () => {
    const server = await serve(good);
    await fetch(source([server.url]));
    await writeFile(entry(hash(BODY)), OTHER);
    await fetch(source([server.url]));
    expect(events).toContainEqual({
      type: 'corrupt',
      file: 'a.tar.gz',
      path: entry(hash(BODY)),
      expected: hash(BODY),
      found: hash(OTHER),
    });
    expect(await readFile(entry(hash(BODY)))).toEqual(BODY);
  });

  it('keeps no corrupt entry when it can not be fetched again', async () => {
    const server = await serve(status(404));
    await fetchSources([], options());
    const other = await serve(good);
    await fetch(source([other.url]));
    await writeFile(entry(hash(BODY)), OTHER);
    await failure(fetch(source([server.url])));
    expect(existsSync(entry(hash(BODY)))).toBe(false);
  });

  it('says so when it can not be used', async () => {
    const server = await serve(good);
    await writeFile(store, 'a file in its place');
    const error = await failure(fetch(source([server.url])));
    expect(error.message).toContain(`The source store ${store} can't be used`);
    expect(error.hint).toContain('DOCKYARD_STORE');
  });

  it('says so when bytes can not be written, and asks no other URL', async () => {
    const [server, other] = [await serve(good), await serve(good)];
    await mkdir(join(store, 'partial', `sha256-${hash(BODY)}`), { recursive: true });
    const error = await failure(fetch(source([server.url, other.url])));
    expect(error.message).toContain(`The source store ${store} can't be used`);
    expect(other.requests).toHaveLength(0);
  });
});

describe('a digest that the store has', () => {
  // What raising `version` and leaving the digest does.
  const raised = (url: string, more: Partial<SourceRequest> = {}): SourceRequest =>
    source([`${url}/boat-2.tgz`], { declaredIn: 'images/boat/image.yaml', ...more });

  it('is not taken for a file that no URL of it ever served', async () => {
    const server = await serve((request, response) => void response.end(request.url === '/boat-1.tgz' ? BODY : OTHER));
    await fetch(source([`${server.url}/boat-1.tgz`]));
    const error = await failure(fetch(raised(server.url)));
    expect(error.message).toBe(
      `a.tar.gz has not the expected sha256; the downloaded bytes are deleted.
  expected ${hash(BODY)}
           which is what ${server.url}/boat-1.tgz served
  found    ${hash(OTHER)}
  from     ${server.url}/boat-2.tgz`,
    );
    expect(error.hint).toContain('npm run sources -- --update images/boat/image.yaml');
    // The old definition still builds, without a network.
    await server.close();
    expect(await fetch(source([`${server.url}/boat-1.tgz`]))).toBe(entry(hash(BODY)));
  });

  it('is not taken where that can not be asked', async () => {
    const server = await serve((request, response) =>
      request.url === '/boat-1.tgz' ? void response.end(BODY) : void response.writeHead(404).end(),
    );
    await fetch(source([`${server.url}/boat-1.tgz`]));
    const error = await failure(fetch(raised(server.url)));
    expect(error).toMatchObject({ gone: true });
    expect(error.message).toContain(
      `The store has a file of this digest, but none of these URLs is known to have served it: ${server.url}/boat-1.tgz did.`,
    );
  });

  it('is taken once a URL of it has served the same bytes, and then needs no network', async () => {
    const [old, server] = [await serve(good), await serve(good)];
    await fetch(source([old.url]));
    await fetch(raised(server.url));
    expect(events.at(-1)).toMatchObject({ type: 'fetched', url: `${server.url}/boat-2.tgz` });
    expect(await leftovers()).toEqual([]);
    await server.close();
    await fetch(raised(server.url));
    // One mirror that served it does, whichever else there are.
    await fetch(source([`${server.url}/elsewhere`, old.url]));
    expect(server.requests).toHaveLength(1);
  });

  it('is taken from any mirror of Debian once one has served it', async () => {
    const server = await serve(good);
    const request = source(['debian:pool/main/b/boat/boat_1.orig.tar.gz']);
    await fetch(request, { mirrors: [`${server.url}/debian`] });
    await fetch(request, { mirrors: ['https://other.invalid/debian'] });
    expect(server.requests).toHaveLength(1);
  });

  it('is fetched anew where the store does not know where it came from', async () => {
    const server = await serve(good);
    await mkdir(dirname(entry(hash(BODY))), { recursive: true });
    await writeFile(entry(hash(BODY)), BODY);
    const missing = await failure(fetch(source([`${(await serve(status(404))).url}/a`])));
    expect(missing.message).toContain('nothing tells which did');
    await fetch(source([server.url]));
    await fetch(source([server.url]));
    expect(server.requests).toHaveLength(1);
  });

  it('is no digest where it is all zeros: nothing is asked for', async () => {
    const server = await serve(good);
    for (const [algorithm, length] of [
      ['sha256', 64],
      ['sha512', 128],
    ] as const) {
      const digest = { algorithm, hex: '0'.repeat(length) };
      const other = source([server.url], { file: 'b' });
      const error = await failure(fetchSources([other, raised(server.url, { digest })], options()));
      expect(error.message).toBe('images/boat/image.yaml: the digest of a.tar.gz is not known yet: it is all zeros.');
      expect(error.hint).toBe('Write it: npm run sources -- --update images/boat/image.yaml');
    }
    expect(server.requests).toHaveLength(0);
  });
});

describe('cancelling', () => {
  it('ends a transfer and throws the reason', async () => {
    const abort = new AbortController();
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': BODY.length });
      response.write(BODY.subarray(0, 10), () => abort.abort(new Error('enough')));
    });
    await expect(fetch(source([server.url]), { signal: abort.signal, limits: {} })).rejects.toThrow('enough');
  });

  it('ends the other downloads when one fails', async () => {
    const hanging = await serve(() => undefined);
    const wrong = await serve((_request, response) => void response.end(OTHER));
    const sources = [
      source([hanging.url]),
      source([wrong.url], { file: 'b', digest: { algorithm: 'sha256', hex: hash(Buffer.from('b')) } }),
    ];
    const error = await failure(fetchSources(sources, options({ limits: { ...FAST, stallMs: 60_000 } })));
    expect(error.message).toContain('b has not the expected sha256');
  });

  it('fetches at most so many at a time', async () => {
    let [now, most] = [0, 0];
    const server = await serve((request, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        response.end((request.url ?? '').slice(1));
      }, 10);
    });
    const sources = Array.from({ length: 10 }, (_value, index) => {
      const digest = { algorithm: 'sha256', hex: hash(Buffer.from(`${index}`)) } as const;
      return { file: `f${index}`, urls: [`${server.url}/${index}`], digest };
    });
    await fetchSources(sources, options({ limits: { ...FAST, stallMs: 10_000, parallel: 4 } }));
    expect(most).toBeLessThanOrEqual(4);
    expect(server.requests).toHaveLength(10);
  });
});

describe('two processes at once', () => {
  const script = `
    const { fetchSources } = await import(${JSON.stringify(new URL('fetch-sources.ts', import.meta.url).href)});
    const [store, url, hex] = process.argv.slice(1);
    const files = await fetchSources([{ file: 'a', urls: [url], digest: { algorithm: 'sha256', hex } }], { store });
    console.log(files.get('a'));`;
  const child = (url: string): Promise<string> =>
    exec({
      command: process.execPath,
      args: ['--input-type=module', '-e', script, store, url, hash(BODY)],
    }).then(({ stdout }) => stdout);

  it('download it once', async () => {
    const waiting: (() => void)[] = [];
    const server = await serve((_request, response) => waiting.push(() => void response.end(BODY)));
    const children = [child(server.url), child(server.url)];
    // The answer comes only when both have had the time to ask.
    const timer = setInterval(() => {
      if (waiting.length > 0) setTimeout(() => waiting.splice(0).forEach((send) => send()), 500);
    }, 50);
    try {
      const path = entry(hash(BODY));
      expect(await Promise.all(children)).toEqual([path, path]);
    } finally {
      clearInterval(timer);
    }
    expect(server.requests).toHaveLength(1);
    expect(await leftovers()).toEqual([]);
  });
});

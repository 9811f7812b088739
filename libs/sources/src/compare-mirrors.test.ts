import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, UserError } from '@dockyard/exec';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compareMirrors, type MirroredFile, type Served } from './compare-mirrors.ts';
import { fetchSources, type FetchOptions } from './fetch-sources.ts';
import { type Answer, startServer, type TestServer } from './testing/server.ts';

const BODY = Buffer.from('upstream release');
const OTHER = Buffer.from('something else');
const hash = (data: Buffer, algorithm = 'sha256'): string => createHash(algorithm).update(data).digest('hex');
const body =
  (data: Buffer): Answer =>
  (_request, response) =>
    void response.end(data);
const status =
  (code: number): Answer =>
  (_request, response) =>
    void response.writeHead(code).end();

let dir: string;
let store: string;
let servers: TestServer[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'mirrors-test-'));
  store = join(dir, 'store');
  servers = [];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await rm(dir, { recursive: true, force: true });
});

async function mirror(answer: Answer): Promise<string> {
  const server = await startServer(answer);
  servers.push(server);
  return `${server.url}/a.tgz`;
}
const compare = (urls: string[], more: Partial<MirroredFile> = {}, options: FetchOptions = {}): Promise<Served> =>
  compareMirrors(
    { file: 'a.tgz', urls, algorithm: 'sha256', ...more },
    { store, limits: { backOffMs: 1, rounds: 2, stallMs: 5_000 }, ...options },
  );
async function refused(promise: Promise<unknown>): Promise<UserError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
  return error;
}

describe('mirrors that agree', () => {
  it('are all asked, and give the digest of the algorithm wanted', async () => {
    const urls = [await mirror(body(BODY)), await mirror(body(BODY))];
    expect(await compare(urls)).toEqual({
      digest: { algorithm: 'sha256', hex: hash(BODY) },
      size: BODY.length,
      from: urls,
      failed: [],
      signed: false,
      unauthenticated: false,
    });
    expect((await compare(urls, { algorithm: 'sha512' })).digest.hex).toBe(hash(BODY, 'sha512'));
    expect(servers.map(({ requests }) => requests.length)).toEqual([2, 2]);
  });

  it('leave the file in the store, for the build, and nothing else there', async () => {
    const url = await mirror(body(BODY));
    const { digest } = await compare([url]);
    await fetchSources([{ file: 'a.tgz', urls: [url], digest }], { store });
    expect(servers[0]?.requests).toHaveLength(1);
    expect(await readdir(join(store, 'partial'))).toEqual([]);
  });

  it('are asked though the store has the file', async () => {
    const url = await mirror((_request, response, count) => void response.end(count === 0 ? BODY : OTHER));
    expect((await compare([url])).digest.hex).toBe(hash(BODY));
    expect((await compare([url])).digest.hex).toBe(hash(OTHER));
  });
});

describe('a mirror that fails', () => {
  it('is told of where another one has the file', async () => {
    const [down, gone, good] = [await mirror(status(503)), await mirror(status(404)), await mirror(body(BODY))];
    const served = await compare([down, gone, good]);
    expect(served.from).toEqual([good]);
    expect(served.failed).toEqual([
      { url: down, reason: 'HTTP status 503' },
      { url: gone, reason: 'HTTP status 404' },
    ]);
  });

  it('is told of where nobody listens', async () => {
    const closed = await startServer(body(BODY));
    await closed.close();
    const served = await compare([`${closed.url}/a.tgz`, await mirror(body(BODY))]);
    expect(served.failed[0]?.reason).toContain('refuses the connection');
  });

  it('is fatal where it is the only one: the release was withdrawn', async () => {
    const [one, two] = [await mirror(status(404)), await mirror(status(410))];
    const error = await refused(compare([one, two]));
    expect(error.message).toBe(
      `a.tgz is on none of its mirrors:\n  ${one}\n    HTTP status 404\n  ${two}\n    HTTP status 410`,
    );
    expect(error.hint).toContain('withdrawn');
    expect(await readdir(store)).toEqual(['partial']);
  });
});

describe('mirrors that disagree', () => {
  it('are refused, both with what they serve, and neither is kept', async () => {
    const [one, two] = [await mirror(body(BODY)), await mirror(body(OTHER))];
    const error = await refused(compare([one, two]));
    expect(error.message).toBe(
      `a.tgz: two of its mirrors serve different bytes:\n` +
        `  ${one}\n    sha256 ${hash(BODY)}, ${BODY.length} bytes\n  ${two}\n    sha256 ${hash(OTHER)}, ${OTHER.length} bytes`,
    );
    expect(existsSync(join(store, 'sha256'))).toBe(false);
  });
});

describe('a debian: URL', () => {
  const url = 'debian:pool/main/a/a_1.orig.tar.gz';

  it('needs one of the mirrors, and none of them vouches for the bytes', async () => {
    const mirrors = [await mirror(status(404)), await mirror(body(BODY))].map((text) => text.replace('a.tgz', ''));
    const served = await compare([url], {}, { mirrors });
    expect(served.from).toEqual([`${mirrors[1]}pool/main/a/a_1.orig.tar.gz`]);
    expect(served).toMatchObject({ failed: [], unauthenticated: true });
  });

  it('is compared on all mirrors that have it', async () => {
    const mirrors = [await mirror(body(OTHER)), await mirror(body(BODY))].map((text) => text.replace('a.tgz', ''));
    expect((await refused(compare([url], {}, { mirrors }))).message).toContain('different bytes');
  });
});

describe('a signature', () => {
  let home: string;
  const gpg = (...args: string[]) =>
    exec({
      command: 'gpg',
      args: ['--homedir', home, '--batch', '--pinentry-mode', 'loopback', '--passphrase', '', ...args],
    });
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'gpg-'));
    await gpg('--quick-generate-key', 'upstream@example.org', 'ed25519', 'sign', 'never');
    await gpg('--armor', '--output', join(home, 'key.asc'), '--export', 'upstream@example.org');
    await writeFile(join(home, 'body'), BODY);
    await gpg('--output', join(home, 'body.sig'), '--detach-sign', join(home, 'body'));
  });
  afterAll(async () => {
    await exec({ command: 'gpgconf', args: ['--homedir', home, '--kill', 'all'] }, { reject: false });
    await rm(home, { recursive: true, force: true });
  });
  const signature = async () => ({
    urls: [await mirror(body(await readFile(join(home, 'body.sig'))))],
    keyFile: join(home, 'key.asc'),
  });

  it('vouches for the bytes, whatever brought them', async () => {
    const mirrors = [(await mirror(body(BODY))).replace('a.tgz', '')];
    const served = await compare(['debian:pool/a'], { signature: await signature() }, { mirrors });
    expect(served).toMatchObject({ signed: true, unauthenticated: false });
  });

  it('that does not match is refused, and the file is not kept', async () => {
    const error = await refused(compare([await mirror(body(OTHER))], { signature: await signature() }));
    expect(error.message).toContain('has no good signature');
    expect(existsSync(join(store, 'sha256'))).toBe(false);
  });
});

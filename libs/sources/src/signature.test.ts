import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError, exec } from '@dockyard/exec';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchSources, type FetchOptions } from './fetch-sources.ts';
import { startServer, type TestServer } from './testing/server.ts';

const BODY = Buffer.from('upstream source');
const digest = { algorithm: 'sha256', hex: createHash('sha256').update(BODY).digest('hex') } as const;

let dir: string;
let server: TestServer;
let store: string;
let stores = 0;
const files = new Map<string, Buffer>();

async function gpg(...args: string[]): Promise<void> {
  const home = join(dir, 'home');
  await exec({
    command: 'gpg',
    args: ['--homedir', home, '--batch', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '', ...args],
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sig-'));
  await exec({ command: 'mkdir', args: ['-m', '700', join(dir, 'home')] });
  await writeFile(join(dir, 'source'), BODY);
  await writeFile(join(dir, 'other'), 'something else');
  for (const name of ['upstream', 'stranger']) {
    await gpg('--quick-generate-key', `${name}@example.org`, 'ed25519', 'sign', 'never');
    await gpg('--armor', '--output', join(dir, `${name}.asc`), '--export', `${name}@example.org`);
    await gpg('--output', join(dir, `${name}.gpg`), '--export', `${name}@example.org`);
    for (const file of ['source', 'other'])
      await gpg(
        '--local-user',
        `${name}@example.org`,
        '--output',
        join(dir, `${file}.${name}.sig`),
        '--detach-sign',
        join(dir, file),
      );
  }
  await gpg(
    '--armor',
    '--local-user',
    'upstream@example.org',
    '--output',
    join(dir, 'armored.sig'),
    '--detach-sign',
    join(dir, 'source'),
  );
  await gpg('--local-user', 'upstream@example.org', '--output', join(dir, 'inline.sig'), '--sign', join(dir, 'source'));
  for (const name of ['source.upstream.sig', 'source.stranger.sig', 'other.upstream.sig', 'armored.sig', 'inline.sig'])
    files.set(`/${name}`, await readFile(join(dir, name)));
  files.set(
    '/both.sig',
    Buffer.concat([files.get('/source.stranger.sig') ?? BODY, files.get('/source.upstream.sig') ?? BODY]),
  );
  files.set('/junk.sig', Buffer.from('[GNUPG:] GOODSIG 1 x\n[GNUPG:] VALIDSIG 1\n'));
  files.set('/source', BODY);
  server = await startServer((request, response) => {
    const body = files.get(request.url ?? '');
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
});
afterAll(async () => {
  await server.close();
  await exec({ command: 'gpgconf', args: ['--homedir', join(dir, 'home'), '--kill', 'all'] }, { reject: false });
  await rm(dir, { recursive: true, force: true });
});
beforeEach(() => {
  store = join(dir, `store${++stores}`);
});

const fetchSigned = (
  signature: string,
  key = 'upstream.asc',
  options: FetchOptions = {},
): Promise<Map<string, string>> =>
  fetchSources(
    [
      {
        file: 'source.tar.gz',
        urls: [`${server.url}/source`],
        digest,
        signature: { urls: [`${server.url}/${signature}`], keyFile: join(dir, key) },
      },
    ],
    { store, limits: { backOffMs: 1 }, ...options },
  );

describe('a signature', () => {
  it.each([
    ['source.upstream.sig', 'upstream.asc'],
    ['source.upstream.sig', 'upstream.gpg'],
    ['armored.sig', 'upstream.asc'],
    ['both.sig', 'upstream.asc'],
  ])('that is good is taken: %s with %s', async (signature, key) => {
    expect((await fetchSigned(signature, key)).size).toBe(1);
  });

  it.each([
    ['source.stranger.sig', /another key made it/],
    ['other.upstream.sig', /BAD signature/],
    ['inline.sig', /no good signature/],
    ['junk.sig', /no good signature/],
    ['absent.sig', /signature of source\.tar\.gz can't be downloaded/],
  ])('that is not good is refused: %s', async (signature, message) => {
    await expect(fetchSigned(signature)).rejects.toThrow(message);
    // Nor is it taken the next time, when the file itself is in the store.
    await expect(fetchSigned(signature)).rejects.toThrow(message);
  });

  it('needs a key that is there and is one', async () => {
    await expect(fetchSigned('source.upstream.sig', 'absent.asc')).rejects.toThrow(/absent\.asc can't be read/);
    await expect(fetchSigned('source.upstream.sig', 'other')).rejects.toThrow(/no OpenPGP key/);
  });

  it('is refused where nothing can check it', async () => {
    const missing = (command: Parameters<typeof exec>[0]): Promise<never> =>
      Promise.reject(new CommandError(command, { notFound: true }));
    await expect(fetchSigned('source.upstream.sig', 'upstream.asc', { exec: missing })).rejects.toThrow(
      /neither gpgv nor gpg/,
    );
  });

  it('is checked by gpg where there is no gpgv', async () => {
    const withoutGpgv: typeof exec = (command, options) =>
      command.command === 'gpgv'
        ? Promise.reject(new CommandError(command, { notFound: true }))
        : exec(command, options);
    await fetchSigned('source.upstream.sig', 'upstream.asc', { exec: withoutGpgv });
    await expect(fetchSigned('other.upstream.sig', 'stranger.asc', { exec: withoutGpgv })).rejects.toThrow(
      /no good signature/,
    );
  });

  it('needs no network the next time, but a new key does', async () => {
    await fetchSigned('source.upstream.sig');
    const before = server.requests.length;
    await fetchSigned('source.upstream.sig');
    expect(server.requests).toHaveLength(before);
    await expect(fetchSigned('source.upstream.sig', 'stranger.asc')).rejects.toThrow(/another key/);
  });
});

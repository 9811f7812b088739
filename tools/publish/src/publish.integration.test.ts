import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, unlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { type FaultyProxy, type Registry, registryIsTested, startFaultyProxy, startRegistry } from '@dockyard/lab';
import type { Digest } from '@dockyard/oci';
import {
  Client,
  parseRepository,
  publish,
  type Publication,
  type Published,
  retainPublished,
  verifyTags,
  writePublishedCommit,
} from '@dockyard/registry';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeLayout } from './testing/layout.ts';

const tested = await registryIsTested();
const PLATFORMS = ['linux/amd64', 'linux/arm64'];
const COMMITS = ['a', 'b', 'c'].map((letter) => letter.repeat(40));
const [OLD = '', MIDDLE = '', NEW = ''] = COMMITS;
const QUICK = { patience: { attempts: 4, backOffMs: 10, mostWaitMs: 50 }, silenceMs: 1_000 };

/** Commits come in the order of their letters. */
function isAncestor(commit: string, of: string): Promise<boolean> {
  return Promise.resolve(COMMITS.includes(commit) && COMMITS.includes(of) && commit <= of);
}

describe.skipIf(!tested)('publishing', () => {
  let dir: string;
  let registry: Registry;
  let proxy: FaultyProxy;
  let client: Client;
  let count = 0;
  let group: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'publish-'));
    registry = await startRegistry();
    proxy = await startFaultyProxy(registry.host);
    client = new Client(QUICK);
  });
  afterAll(async () => {
    await client.close();
    await proxy.stop();
    await registry.stop();
    await rm(dir, { recursive: true });
  });
  beforeEach(() => {
    proxy.reset([]);
    count += 1;
    group = `group-${String(count)}`;
  });

  const layers = [randomBytes(300_000), randomBytes(50_000)];
  const layout = async (name: string, more: readonly Uint8Array[] = []) => {
    const folder = join(dir, `${String(count)}-${name}`);
    return { folder, ...(await writeLayout(folder, { platforms: PLATFORMS, layers: [...layers, ...more] })) };
  };
  const run = (
    built: { folder: string },
    o: Partial<Publication> & { dryRun?: boolean; by?: Client; lines?: string[] } = {},
  ): Promise<Published> => {
    const { dryRun, by, lines, ...publication } = o;
    return publish(
      {
        project: 'boat',
        image: 'boat',
        version: '1.2.3',
        tags: ['1.2', 'latest'],
        layout: built.folder,
        parents: [],
        commit: OLD,
        ...publication,
      },
      {
        client: by ?? client,
        prefix: parseRepository(`${proxy.host}/${group}`),
        isAncestor,
        report: (line) => lines?.push(line),
        ...(dryRun !== undefined && { dryRun }),
      },
    );
  };
  /** Tags with their digests, asked of the registry itself. */
  const tags = async (image = 'boat'): Promise<Record<string, Digest | undefined>> => {
    const repository = parseRepository(`${registry.host}/${group}/${image}`);
    const found: Record<string, Digest | undefined> = {};
    for (const tag of (await client.tags(repository)).sort()) found[tag] = await client.findManifest(repository, tag);
    return found;
  };
  const pushes = () => proxy.seen.filter(({ method }) => method === 'PUT' || method === 'PATCH' || method === 'POST');

  it('pushes blobs, manifests by digest, then the immutable tag, then the moving ones', async () => {
    const built = await layout('first');
    const published = await run(built);
    expect(published).toMatchObject({ outcome: 'published', revision: '1.2.3-r1', digest: built.digest });
    expect(published.bytes).toBeGreaterThan(350_000);
    const written = proxy.seen
      .filter(({ method, path }) => method === 'PUT' && path.includes(`/${group}/boat/`))
      .map(({ path }) =>
        path.replace(/.*\/(blobs\/uploads|manifests)\/?([^?]*).*/, (_, kind: string, name: string) =>
          kind === 'manifests' ? name : 'blob',
        ),
      );
    expect(written).toEqual([
      ...Array.from({ length: 4 }, () => 'blob'),
      ...built.manifests,
      built.digest,
      '1.2.3-r1',
      '1.2',
      'latest',
    ]);
    expect(await tags()).toEqual({ '1.2': built.digest, '1.2.3-r1': built.digest, latest: built.digest });
  });

  it('is read by skopeo with all its platforms', async () => {
    const built = await layout('first');
    await run(built);
    const { stdout } = await exec({
      command: 'skopeo',
      args: [
        'copy',
        '--all',
        '--src-tls-verify=false',
        `docker://${registry.host}/${group}/boat:latest`,
        `oci:${join(dir, `copy-${group}`)}:x`,
      ],
    });
    expect(stdout).toMatch(/Copying image .* \(2\/2\)/);
  });

  it('pushes nothing that is there: no byte, no tag', async () => {
    const built = await layout('first');
    await run(built);
    proxy.reset([]);
    expect(await run(built)).toMatchObject({ outcome: 'unchanged', revision: '1.2.3-r1', moved: [], bytes: 0 });
    expect(pushes()).toEqual([]);
  });

  it('takes the next number for other content, and leaves the first as it is', async () => {
    const first = await layout('first');
    const second = await layout('second', [randomBytes(1000)]);
    await run(first);
    const published = await run(second, { commit: NEW });
    expect(published.moved).toEqual([
      { tag: '1.2', from: first.digest },
      { tag: 'latest', from: first.digest },
    ]);
    expect(await tags()).toEqual({
      '1.2': second.digest,
      '1.2.3-r1': first.digest,
      '1.2.3-r2': second.digest,
      latest: second.digest,
    });
  });

  it('mounts what a parent has in its repository', async () => {
    const base = await layout('base');
    await run(base, { project: 'base', image: 'base' });
    const child = await layout('child', [randomBytes(2000)]);
    const published = await run(child, { parents: ['base'] });
    // Its own layer and its configurations.
    expect(published.bytes).toBeLessThan(4000);
  });

  it('takes the number that the first registry gave, and refuses it where it is something else', async () => {
    const built = await layout('first');
    expect(await run(built, { revision: '1.2.3-r7' })).toMatchObject({ revision: '1.2.3-r7' });
    expect(Object.keys(await tags())).toEqual(['1.2', '1.2.3-r7', 'latest']);
    const other = await layout('other', [randomBytes(10)]);
    await expect(run(other, { revision: '1.2.3-r7', commit: NEW })).rejects.toThrow(/it never changes/);
    expect((await tags())['latest']).toBe(built.digest);
  });

  it('tells what it would do, and does nothing', async () => {
    const built = await layout('first');
    const planned = await run(built, { dryRun: true });
    expect(planned).toMatchObject({ outcome: 'published', revision: '1.2.3-r1' });
    expect(planned.bytes).toBeGreaterThan(350_000);
    expect(pushes()).toEqual([]);
    expect(await tags()).toEqual({});
  });

  describe('what the registry has lost', () => {
    const all = (digest: Digest) => ({ '1.2': digest, '1.2.3-r1': digest, latest: digest });

    it("a platform's manifest after its tag is pushed again", async () => {
      const built = await layout('first');
      await run(built);
      const [lost = built.digest] = built.manifests;
      await registry.loseManifest(`${group}/boat`, lost);
      const lines: string[] = [];
      expect(await run(built, { lines })).toMatchObject({ outcome: 'published', revision: '1.2.3-r1', moved: [] });
      expect(lines[0]).toMatch(new RegExp(`has lost ${lost}`));
      const repository = parseRepository(`${registry.host}/${group}/boat`);
      expect(await client.findManifest(repository, lost)).toBe(lost);
      expect(await run(built)).toMatchObject({ outcome: 'unchanged' });
    });

    it('an index after its tags comes back under the same number', async () => {
      const built = await layout('first');
      await run(built);
      await registry.loseManifest(`${group}/boat`, built.digest);
      expect(await tags()).toEqual({ '1.2': undefined, '1.2.3-r1': undefined, latest: undefined });
      expect(await run(built)).toMatchObject({ outcome: 'published', revision: '1.2.3-r1' });
      expect(await tags()).toEqual(all(built.digest));
    });

    it('an index after its tags gives its number to no other content', async () => {
      const built = await layout('first');
      await run(built);
      await registry.loseManifest(`${group}/boat`, built.digest);
      const other = await layout('other', [randomBytes(10)]);
      expect(await run(other, { commit: NEW })).toMatchObject({ revision: '1.2.3-r2' });
    });
  });

  describe('an immutable tag', () => {
    const repository = () => parseRepository(`${registry.host}/${group}/boat`);
    const state = () => parseRepository(`${registry.host}/${group}/dockyard-state`);
    const verify = async () =>
      (await verifyTags({ client, prefix: parseRepository(`${registry.host}/${group}`) })).findings;
    /** Somebody else pushes: a tag of ours leads to another index, which is in the repository. */
    const move = async (tag: string, to: { folder: string; digest: Digest }): Promise<void> => {
      await exec({
        command: 'skopeo',
        args: [
          ...['--insecure-policy', 'copy', '--all', '--preserve-digests', '--dest-tls-verify=false'],
          ...[`oci:${to.folder}`, `docker://${registry.host}/${group}/boat:${tag}`],
        ],
      });
      expect((await tags())[tag]).toBe(to.digest);
    };

    it.each([
      ['the same content', 'first'],
      ['other content', 'third'],
    ])('that somebody moved is an error, whether or not its number matters: with %s', async (_, next) => {
      const [first, second, third] = [
        await layout('first'),
        await layout('second', [randomBytes(10)]),
        await layout('third', [randomBytes(20)]),
      ];
      await run(first);
      await run(second, { commit: MIDDLE });
      await move('1.2.3-r1', third);
      const before = await tags();
      const again = next === 'first' ? first : third;
      await expect(run(again, { commit: NEW })).rejects.toThrow(
        `boat:1.2.3-r1 was moved: it was published as ${first.digest} and is ${third.digest}.`,
      );
      expect(await tags()).toEqual(before);
      expect(await verify()).toEqual([
        `${registry.host}/${group}/boat:1.2.3-r1 was moved: it was published as ${first.digest} and is ${third.digest}.`,
      ]);
    });

    it('that somebody took away gives its number to nothing else', async () => {
      const [first, second] = [await layout('first'), await layout('second', [randomBytes(10)])];
      await run(first, { tags: [] });
      await client.deleteManifest(repository(), first.digest);
      expect(await tags()).toEqual({});
      expect(await verify()).toEqual([
        expect.stringMatching(/boat:1\.2\.3-r1 is not there; it was published as sha256:/),
      ]);
      expect(await run(second, { tags: [], commit: MIDDLE })).toMatchObject({ revision: '1.2.3-r2' });
      expect(await run(first, { tags: [], commit: NEW })).toMatchObject({ revision: '1.2.3-r1' });
      expect(await verify()).toEqual([]);
    });

    it('of another registry that this one has published as something else is refused', async () => {
      const [first, second] = [await layout('first'), await layout('second', [randomBytes(10)])];
      await run(first, { revision: '1.2.3-r7', tags: [] });
      await client.deleteManifest(repository(), first.digest);
      await expect(run(second, { revision: '1.2.3-r7', commit: NEW })).rejects.toThrow(/it never changes/);
    });

    it('whose claim somebody overwrote is an error', async () => {
      const first = await layout('first');
      await run(first);
      const [place = ''] = (await client.tags(state())).filter((tag) => tag.startsWith('immutable-'));
      await client.pushManifest(
        state(),
        place,
        'application/vnd.oci.image.index.v1+json',
        Buffer.from('{"schemaVersion":2,"manifests":[]}'),
      );
      await expect(run(first)).rejects.toThrow(/dockyard-state:immutable-\w+ is not what publishing has written there/);
      expect(await verify()).toEqual([
        expect.stringMatching(/dockyard-state:immutable-\w+ is not what publishing has written there/),
        expect.stringMatching(/boat:1\.2\.3-r1 is sha256:\w+, and was never published/),
      ]);
    });

    it('whose claim was lost is noted again', async () => {
      const first = await layout('first');
      await run(first);
      const [place = ''] = (await client.tags(state())).filter((tag) => tag.startsWith('immutable-'));
      const claim = await client.findManifest(state(), place);
      await client.deleteManifest(state(), claim ?? first.digest);
      expect(await verify()).toHaveLength(1);
      const lines: string[] = [];
      expect(await run(first, { lines })).toMatchObject({ revision: '1.2.3-r1' });
      expect(lines[0]).toMatch(/nothing says what it was published as; that is noted now/);
      expect(await verify()).toEqual([]);
      proxy.reset([]);
      expect(await run(first)).toMatchObject({ outcome: 'unchanged' });
    });

    it('and every other is held to what was published, by verifying them all', async () => {
      const [first, second, foreign] = [
        await layout('first'),
        await layout('second', [randomBytes(10)]),
        await layout('foreign', [randomBytes(20)]),
      ];
      await run(first, { tags: ['1.2.3', '1.2', 'latest'] });
      await run(second, { version: '1.2.4', tags: ['1.2.4', '1.2', 'latest'], commit: MIDDLE });
      // What no project claims any more still leads to something that was published.
      expect(await verify()).toEqual([]);
      await move('latest', first);
      await move('stray', foreign);
      await move('9.9.9-r1', first);
      await registry.loseManifest(`${group}/boat`, second.digest);
      expect((await verify()).map((line) => line.replace(/^.*\/boat:/, '')).sort()).toEqual([
        '1.2 leads to nothing: the registry has lost it.',
        '1.2.4 leads to nothing: the registry has lost it.',
        '1.2.4-r1 leads to nothing: the registry has lost it.',
        `9.9.9-r1 is ${first.digest}, and was never published.`,
        `latest was moved: it was published as ${second.digest} and is ${first.digest}.`,
        `stray is ${foreign.digest}, which was never published.`,
      ]);
    });
  });

  describe('retention', () => {
    const DAY = 24 * 60 * 60 * 1000;
    const retain = async (days: number, o: { dryRun?: boolean; by?: Client; host?: string } = {}) => {
      const lines: string[] = [];
      const by = o.by ?? new Client(QUICK);
      // Both clocks: the registry's alone would be wrong.
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY });
      vi.spyOn(by, 'now').mockImplementation(() => Date.now());
      try {
        const counts = await retainPublished({
          client: by,
          prefix: parseRepository(`${o.host ?? registry.host}/${group}`),
          ...{ days: 30, dryRun: o.dryRun ?? false, report: (line: string) => lines.push(line) },
        });
        return { ...counts, lines };
      } finally {
        vi.useRealTimers();
        await by.close();
      }
    };
    const has = (digest: Digest) =>
      client.findManifest(parseRepository(`${registry.host}/${group}/boat`), digest).then((found) => found === digest);

    it('takes what a publishing that failed has left, and nothing that a tag leads to', async () => {
      const first = await layout('first');
      await run(first);
      // It shares nothing but layers with the others, and gets no tag.
      const failed = await layout('failed', [randomBytes(100)]);
      proxy.reset([
        { method: 'PUT', path: /manifests\/1\.2\.3-r2/, fault: { kind: 'answer', status: 403 }, times: 99 },
      ]);
      await expect(run(failed, { commit: MIDDLE })).rejects.toThrow(/HTTP status 403/);
      proxy.reset([]);
      const last = await layout('last', [randomBytes(200)]);
      await run(last, { commit: NEW });
      const before = await tags();

      expect(await retain(20)).toMatchObject({ removed: 0, refused: 0 });
      // Three manifests, and two notes: the last one is the project's own.
      expect(await retain(40, { dryRun: true })).toMatchObject({ removed: 5, refused: 0 });
      expect(await has(failed.digest)).toBe(true);
      const { removed, lines } = await retain(40);
      expect(removed).toBe(5);
      expect(lines).toEqual([expect.stringMatching(/\/boat: 3 manifests without a tag removed$/)]);
      for (const digest of [failed.digest, ...failed.manifests]) expect(await has(digest)).toBe(false);
      for (const digest of [first, last].flatMap((one) => [one.digest, ...one.manifests]))
        expect(await has(digest)).toBe(true);
      expect(await tags()).toEqual(before);
      expect(await retain(40)).toMatchObject({ removed: 0 });
      expect(await run(last, { commit: NEW })).toMatchObject({ outcome: 'unchanged' });
    });

    it('keeps what is under way', async () => {
      const built = await layout('first');
      proxy.reset([
        { method: 'PUT', path: /manifests\/1\.2\.3-r1/, fault: { kind: 'answer', status: 403 }, times: 99 },
      ]);
      await expect(run(built)).rejects.toThrow(/HTTP status 403/);
      expect(await retain(10)).toMatchObject({ removed: 0 });
      expect(await has(built.digest)).toBe(true);
    });

    it('says so where the registry deletes nothing, and finds it again once it does', async () => {
      proxy.reset([
        { method: 'PUT', path: /manifests\/1\.2\.3-r1/, fault: { kind: 'answer', status: 403 } },
        { method: 'DELETE', path: /./, fault: { kind: 'answer', status: 405 }, times: 99 },
      ]);
      await expect(run(await layout('failed'))).rejects.toThrow(/HTTP status 403/);
      await run(await layout('last', [randomBytes(10)]), { commit: NEW });
      const stubborn = await retain(40, { host: proxy.host });
      expect(stubborn).toMatchObject({ removed: 0, refused: 3 });
      expect(stubborn.lines).toEqual([expect.stringMatching(/3 manifests without a tag stay: the registry deletes/)]);
      proxy.reset([]);
      expect(await retain(40)).toMatchObject({ removed: 4, refused: 0 });
    });

    it('removes nothing by a clock that is wrong: in the year 2100 everything is old', async () => {
      await run(await layout('first'));
      const by = new Client(QUICK);
      vi.spyOn(by, 'now').mockReturnValue(Date.UTC(2100, 0));
      const prefix = parseRepository(`${registry.host}/${group}`);
      await expect(retainPublished({ client: by, prefix, days: 30, report: () => undefined })).rejects.toThrow(
        /registry's clock says 2100-01-01/,
      );
      await by.close();
    });

    it('counts the days by the clock of the registry, whatever that of the publisher says', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 400 * DAY });
      const skewed = new Client(QUICK);
      proxy.reset([{ method: 'PUT', path: /manifests\/1\.2\.3-r1/, fault: { kind: 'answer', status: 403 } }]);
      await expect(run(await layout('failed'), { by: skewed })).rejects.toThrow(/HTTP status 403/);
      vi.useRealTimers();
      await skewed.close();
      expect(await retain(10)).toMatchObject({ removed: 0 });
      expect(await retain(40)).toMatchObject({ removed: 0 });
    });
  });

  describe('from two pipelines', () => {
    it('an older commit changes nothing once a newer one is published', async () => {
      const older = await layout('older');
      const newer = await layout('newer', [randomBytes(10)]);
      await run(newer, { commit: NEW });
      const before = await tags();
      expect(await run(older, { commit: OLD })).toMatchObject({ outcome: 'superseded', moved: [] });
      expect(await tags()).toEqual(before);
    });

    it('nor once everything of a newer one was', async () => {
      await writePublishedCommit(client, parseRepository(`${registry.host}/${group}`), NEW);
      expect(await run(await layout('older'), { commit: MIDDLE })).toMatchObject({ outcome: 'superseded' });
    });

    it('of a history that was rewritten count no more', async () => {
      await run(await layout('gone'), { commit: 'f'.repeat(40) });
      const built = await layout('now', [randomBytes(10)]);
      expect(await run(built, { commit: OLD })).toMatchObject({ outcome: 'published' });
      expect((await tags())['latest']).toBe(built.digest);
    });

    it('at once: the tags are the newer one in the end, whoever comes last', async () => {
      const older = await layout('older');
      const newer = await layout('newer', [randomBytes(10)]);
      // The older one is about to move its last tag when the newer one comes.
      let interrupted = false;
      const lines: string[] = [];
      await publish(
        {
          ...{ project: 'boat', image: 'boat', version: '1.2.3', tags: ['1.2', 'latest'] },
          ...{ layout: older.folder, parents: [], commit: OLD },
        },
        {
          client: new Proxy(client, {
            get: (target, name) => {
              const value: unknown = Reflect.get(target, name);
              if (typeof value !== 'function') return value;
              return async (...args: unknown[]) => {
                if (name === 'pushManifest' && args[1] === 'latest' && !interrupted) {
                  interrupted = true;
                  await run(newer, { commit: NEW });
                }
                return Reflect.apply(value, target, args) as unknown;
              };
            },
          }),
          prefix: parseRepository(`${proxy.host}/${group}`),
          isAncestor,
          report: (line) => lines.push(line),
        },
      );
      expect(interrupted).toBe(true);
      const now = await tags();
      expect([now['1.2'], now['latest']]).toEqual([newer.digest, newer.digest]);
      expect(lines.join('\n')).toMatch(/is newer and published meanwhile/);
    });
  });

  describe('when the registry fails', () => {
    const upload = /\/boat\/blobs\/uploads\/./;
    it.each([
      ['at the start of an upload', { method: 'POST', path: /uploads/, fault: { kind: 'reset-request', after: 0 } }],
      [
        'in the middle of a blob',
        { method: 'PATCH', path: upload, fault: { kind: 'reset-request', after: 100_000 }, skip: 1 },
      ],
      ['after a blob', { method: 'PUT', path: upload, fault: { kind: 'lose-answer' } }],
      ['before a manifest', { method: 'PUT', path: /manifests\/sha256/, fault: { kind: 'reset-request', after: 0 } }],
      ['after a manifest', { method: 'PUT', path: /manifests\/sha256/, fault: { kind: 'lose-answer' } }],
      ['after a tag', { method: 'PUT', path: /manifests\/latest/, fault: { kind: 'lose-answer' } }],
      ['with 500, three times', { method: 'PATCH', path: upload, fault: { kind: 'answer', status: 500 }, times: 3 }],
      ['by answering slowly', { path: /./, fault: { kind: 'slow', delayMs: 1_500 }, skip: 2 }],
      ['by not answering', { method: 'PUT', path: upload, fault: { kind: 'hang' } }],
    ] as const)('%s, it is tried again', async (_, rule) => {
      proxy.reset([rule]);
      const built = await layout('first');
      const lines: string[] = [];
      const retrying = new Client({ ...QUICK, report: (line) => lines.push(line) });
      expect(await run(built, { by: retrying })).toMatchObject({ outcome: 'published' });
      await retrying.close();
      expect(lines.join('\n')).toMatch(/again in \d+ s/);
      expect(await tags()).toEqual({ '1.2': built.digest, '1.2.3-r1': built.digest, latest: built.digest });
    });

    it('with 429, it waits as long as it is told', async () => {
      proxy.reset([
        { method: 'POST', path: /uploads/, fault: { kind: 'answer', status: 429, headers: { 'retry-after': '1' } } },
      ]);
      const lines: string[] = [];
      const patient = new Client({
        patience: { attempts: 2, backOffMs: 1, mostWaitMs: 2_000 },
        report: (line) => lines.push(line),
      });
      await run(await layout('first'), { by: patient });
      await patient.close();
      expect(lines).toEqual([expect.stringMatching(/HTTP status 429; again in 1 s$/)]);
    });

    it('for good, no tag is there', async () => {
      proxy.reset([
        { method: 'PUT', path: /manifests\/sha256/, fault: { kind: 'answer', status: 500 }, times: 99, skip: 1 },
      ]);
      await expect(run(await layout('first'))).rejects.toThrow(/HTTP status 500/);
      expect(await tags()).toEqual({});
    });

    it('by losing a manifest that it had accepted, no tag moves', async () => {
      const built = await layout('first');
      proxy.reset([
        {
          method: 'HEAD',
          path: new RegExp(`manifests/${built.manifests[0] ?? ''}`),
          fault: { kind: 'answer', status: 404 },
        },
      ]);
      await expect(run(built)).rejects.toThrow(/has lost sha256:/);
      expect(await tags()).toEqual({});
    });

    it('by showing something else by a tag than was pushed, it says so', async () => {
      const latest = { method: 'GET', path: /manifests\/latest/ } as const;
      proxy.reset([{ ...latest, fault: { kind: 'answer', status: 404 } }]);
      await expect(run(await layout('first'))).rejects.toThrow(/:latest is not what was published/);
    });

    it.each([
      ['a blob', 'PATCH', upload, 1],
      ['a manifest', 'PUT', /manifests\/sha256/, 1],
      ['the immutable tag', 'PUT', /manifests\/1\.2\.3-r1/, 0],
      ['the first moving tag', 'PUT', /manifests\/1\.2$/, 0],
      ['the last moving tag', 'PUT', /manifests\/latest/, 0],
    ] as const)(
      'killed with SIGKILL at %s, tags show whole images only, and the next run completes it',
      async (_, method, path, skip) => {
        const built = await layout('first');
        proxy.reset([{ method, path, skip, fault: { kind: 'hang' }, times: 99 }]);
        const publisher = join(import.meta.dirname, 'testing/publish-once.ts');
        let pid = NaN;
        const ended = exec(
          { command: 'node', args: [publisher, `${proxy.host}/${group}`, built.folder] },
          {
            reject: false,
            onLine: (line) => {
              if (Number.isNaN(pid)) pid = Number(line);
            },
          },
        );
        const reached = () => proxy.seen.filter((seen) => seen.method === method && path.test(seen.path)).length;
        await expect.poll(reached, { timeout: 60_000 }).toBe(skip + 1);
        process.kill(pid, 'SIGKILL');
        expect((await ended).exitCode).toBe(128 + 9);
        for (const digest of Object.values(await tags())) expect(digest).toBe(built.digest);
        for (const tag of Object.keys(await tags()))
          await exec({
            command: 'skopeo',
            args: [
              'copy',
              '--all',
              '--src-tls-verify=false',
              `docker://${registry.host}/${group}/boat:${tag}`,
              `dir:${join(dir, `${group}-${tag}`)}`,
            ],
          });
        proxy.reset([]);
        await run(built);
        expect(await tags()).toEqual({ '1.2': built.digest, '1.2.3-r1': built.digest, latest: built.digest });
      },
    );
  });

  it('refuses a layout that lacks a blob', async () => {
    const built = await layout('first');
    await unlink(join(built.folder, 'blobs', ...(built.layers[1] ?? '').split(':')));
    await expect(run(built)).rejects.toThrow(/ENOENT/);
    expect(await tags()).toEqual({});
  });
});

describe.skipIf(!tested)('publishing with rights', () => {
  let dir: string;
  let registry: Registry;
  const users = {
    writer: { password: 'w', grants: { 'g/*': ['pull', 'push'] } },
    reader: { password: 'r', grants: { 'g/*': ['pull'] } },
  } as const;
  const lines: string[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'publish-rights-'));
    await writeLayout(dir, { platforms: PLATFORMS, layers: [randomBytes(1000)] });
    registry = await startRegistry({ users });
  });
  afterAll(async () => {
    await registry.stop();
    await rm(dir, { recursive: true });
  });

  const run = async (username: string, password: string, host = registry.host, o = QUICK): Promise<Published> => {
    const report = (line: string): void => {
      lines.push(line);
    };
    const client = new Client({ ...o, report, credentials: () => Promise.resolve({ username, password }) });
    try {
      return await publish(
        {
          ...{ project: 'boat', image: 'boat', version: '1', tags: ['latest'] },
          ...{ layout: dir, parents: [], commit: OLD },
        },
        { client, report, isAncestor, prefix: parseRepository(`${host}/g`) },
      );
    } finally {
      await client.close();
    }
  };

  it('is refused where they lack', async () => {
    await expect(run('reader', 'r')).rejects.toThrow(/HTTP status 401/);
    await expect(run('stranger', 'no')).rejects.toThrow(/HTTP status 401/);
  });

  it('are those that DOCKER_AUTH_CONFIG has for each registry', async () => {
    const other = await startRegistry({
      users: { someone: { password: 'else', grants: { 'g/*': ['pull', 'push'] } } },
    });
    const auth = (text: string) => ({ auth: Buffer.from(text).toString('base64') });
    const auths = { [registry.host]: auth('writer:w'), [other.host]: auth('someone:else') };
    vi.stubEnv('DOCKER_AUTH_CONFIG', JSON.stringify({ auths }));
    const client = new Client(QUICK);
    try {
      for (const host of [registry.host, other.host]) {
        const boat = {
          project: 'ferry',
          image: 'ferry',
          version: '1',
          tags: [],
          layout: dir,
          parents: [],
          commit: OLD,
        };
        const prefix = parseRepository(`${host}/g`);
        const published = await publish(boat, { client, isAncestor, prefix, report: () => undefined });
        expect(published.outcome).toBe('published');
      }
    } finally {
      vi.unstubAllEnvs();
      await client.close();
      await other.stop();
    }
  });

  it('goes on with a new token when one expires in the middle', async () => {
    const challenge = (await fetch(`http://${registry.host}/v2/`)).headers.get('www-authenticate') ?? '';
    const expired = { kind: 'answer', status: 401, headers: { 'www-authenticate': challenge } } as const;
    const proxy = await startFaultyProxy(registry.host, [
      { method: 'PATCH', path: /uploads/, fault: expired },
      { method: 'PUT', path: /manifests\/latest/, fault: expired },
    ]);
    try {
      expect(await run('writer', 'w', proxy.host)).toMatchObject({ outcome: 'published' });
      expect(proxy.seen.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(2);
    } finally {
      await proxy.stop();
    }
  });

  it('goes on when its tokens expire while a blob is on its way', async () => {
    const short = await startRegistry({ users, tokenSeconds: 3 });
    const slow = await startFaultyProxy(short.host, [
      { method: 'POST', path: /uploads/, fault: { kind: 'slow', delayMs: 4_500 }, times: 2 },
    ]);
    const patient = { ...QUICK, silenceMs: 15_000 };
    try {
      expect(await run('writer', 'w', slow.host, patient)).toMatchObject({ outcome: 'published' });
      // The registry itself has refused one.
      expect(slow.seen.filter(({ method, status }) => method === 'PATCH' && status === 401).length).toBeGreaterThan(0);
    } finally {
      await slow.stop();
      await short.stop();
    }
  });

  it.each([
    ['an upload', { method: 'POST', path: /uploads/ }, 202],
    ['a question', { method: 'HEAD', path: /blobs/ }, 307],
  ] as const)('stay at home where %s is led to a host that asks for them', async (_, rule, status) => {
    const seen: (string | undefined)[] = [];
    const hostile = createServer(({ headers }, response) => {
      seen.push(headers.authorization);
      const realm = `http://${headers.host ?? ''}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="s"` }).end();
    });
    await new Promise<void>((resolve) => hostile.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${String((hostile.address() as AddressInfo).port)}/v2/`;
    const proxy = await startFaultyProxy(registry.host, [
      // Once the registry itself has had its say, and we a token of it.
      {
        ...rule,
        skip: rule.method === 'HEAD' ? 1 : 0,
        times: 99,
        fault: { kind: 'answer', status, headers: { location } },
      },
    ]);
    try {
      await writeLayout(dir, { platforms: PLATFORMS, layers: [randomBytes(1000)] });
      await expect(run('writer', 'w', proxy.host)).rejects.toThrow(/HTTP status 401/);
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((authorization) => authorization !== undefined)).toEqual([]);
    } finally {
      await proxy.stop();
      hostile.close();
      hostile.closeAllConnections();
    }
  });

  it('says nothing of names, passwords and tokens', () => {
    expect(lines.join('\n')).not.toMatch(/writer|Bearer|Basic/);
  });
});

describe.skipIf(!tested)('publishing to a registry whose disk is full', () => {
  it('fails, and shows no tag', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'publish-full-'));
    const disk = join(dir, 'disk');
    await mkdir(disk);
    await exec({ command: 'mount', args: ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', disk] });
    const client = new Client(QUICK);
    let registry: Registry | undefined;
    try {
      registry = await startRegistry({ storage: join(disk, 'data') });
      const layout = join(dir, 'layout');
      await writeLayout(layout, { platforms: PLATFORMS, layers: [randomBytes(400_000)] });
      const prefix = parseRepository(`${registry.host}/g`);
      const publication = {
        ...{ project: 'boat', image: 'boat', version: '1', tags: ['latest'] },
        ...{ layout, parents: [], commit: OLD },
      };
      await expect(publish(publication, { client, prefix, isAncestor, report: () => undefined })).rejects.toThrow(
        /HTTP status 5\d\d|connection was cut/,
      );
      expect(await client.tags({ ...prefix, name: 'g/boat' })).toEqual([]);
    } finally {
      await client.close();
      await registry?.stop();
      await exec({ command: 'umount', args: [disk] });
      await rm(dir, { recursive: true });
    }
  });
});

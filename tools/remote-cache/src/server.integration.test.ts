import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, UserError } from '@dockyard/exec';
import { type FaultRule, type FaultyProxy, type Registry, startFaultyProxy, startRegistry } from '@dockyard/lab';
import { Client, parseRepository, pushArtifact } from '@dockyard/registry';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Access, cacheAccess } from './access.ts';
import { emptyRepository } from './empty.ts';
import { removeUnused } from './retain.ts';
import { type CacheServer, startCacheServer } from './server.ts';
import { CacheStore } from './store.ts';
import { entry, NX } from './testing/entries.ts';

const LAB = process.env['DOCKYARD_LAB'] ?? '/var/tmp/dockyard-lab';
const QUICK = {
  patience: { attempts: 2, backOffMs: 10, mostWaitMs: 50 },
  silenceMs: 1_000,
  slowest: 1_000_000,
};
const CONTENT = await entryOf(randomBytes(200_000));
const SMALL = await entryOf(randomBytes(10));
/** An entry as Nx would write it of such an output. */
function entryOf(content: Uint8Array): Promise<Buffer> {
  return entry([{ name: 'dist/images/redis/amd64/image/blobs/sha256/a', content }, ...NX]);
}
const DAY = 24 * 60 * 60 * 1000;
const JOBS = {
  protected: { CI: 'true', CI_COMMIT_REF_PROTECTED: 'true' },
  request: { CI: 'true', CI_MERGE_REQUEST_IID: '1' },
  other: { CI: 'true', CI_MERGE_REQUEST_IID: '2' },
  developer: {},
} as const;
type Job = keyof typeof JOBS;

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cache-server-'));
});
afterAll(() => rm(dir, { recursive: true }));

/** A server as a job has it. */
class Running {
  readonly lines: string[] = [];
  readonly store: CacheStore;
  readonly client: Client;
  server: CacheServer | undefined;

  constructor(access: Access, credentials?: { username: string; password: string }) {
    this.client = new Client({ ...QUICK, credentials: () => Promise.resolve(credentials) });
    this.store = new CacheStore({
      client: this.client,
      access,
      commit: 'c'.repeat(40),
      warn: (line) => this.lines.push(line),
    });
  }

  async ask(method: 'GET' | 'PUT', hash: string, body?: Uint8Array, token?: string): Promise<Response> {
    this.server ??= await startCacheServer(this.store, dir);
    return fetch(`${this.server.url}/v1/cache/${hash}`, {
      method,
      headers: { authorization: `Bearer ${token ?? this.server.token}` },
      ...(body !== undefined && { body: new Uint8Array(body) }),
    });
  }

  async get(hash: string): Promise<Buffer | undefined> {
    const response = await this.ask('GET', hash);
    return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : undefined;
  }

  async close(): Promise<void> {
    await this.server?.close();
    await this.client.close();
  }
}

/** Days later, by the registry's clock and by ours. */
async function after<T>(days: number, { client }: Running, fn: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY });
  vi.spyOn(client, 'now').mockImplementation(() => Date.now());
  try {
    return await fn();
  } finally {
    vi.useRealTimers();
  }
}

describe('the shared cache', () => {
  let registry: Registry;
  let proxy: FaultyProxy;
  const running: Running[] = [];
  let cache: string;
  let count = 0;

  beforeAll(async () => {
    registry = await startRegistry({ dir: LAB });
    proxy = await startFaultyProxy(registry.host);
  });
  afterAll(async () => {
    await proxy.stop();
    await registry.stop();
  });
  beforeEach(() => {
    proxy.reset([]);
    count += 1;
    cache = `${proxy.host}/g${String(count)}/cache`;
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close();
    expect(await readdir(dir)).toEqual([]);
  });

  const start = (job: Job): Running => {
    const access = cacheAccess({ DOCKYARD_CACHE: cache, ...JOBS[job] });
    if (access === undefined) throw new Error('no cache');
    const one = new Running(access);
    running.push(one);
    return one;
  };

  it('gives back what it was given, to another machine', async () => {
    expect((await start('protected').ask('PUT', '123', CONTENT)).status).toBe(200);
    expect(await start('developer').get('123')).toEqual(CONTENT);
    expect(await start('developer').get('124')).toBeUndefined();
    expect(running.flatMap(({ lines }) => lines)).toEqual([]);
  });

  it('keeps entries as artifacts that other tools list and read', async () => {
    await start('protected').ask('PUT', '123', CONTENT);
    const repository = `docker://${registry.host}/g${String(count)}/cache/protected`;
    const { stdout } = await exec({
      command: 'skopeo',
      args: ['inspect', '--raw', '--tls-verify=false', `${repository}:protected.123`],
    });
    expect(JSON.parse(stdout)).toMatchObject({
      artifactType: 'application/vnd.dockyard.nx-cache.v1',
      layers: [{ size: CONTENT.length, digest: `sha256:${createHash('sha256').update(CONTENT).digest('hex')}` }],
      annotations: { 'dev.dockyard.nx.hash': '123', 'org.opencontainers.image.revision': 'c'.repeat(40) },
    });
  });

  it('never replaces an entry, and takes two of one hash at once', async () => {
    const both = [start('protected'), start('protected')];
    await Promise.all(both.map((one) => one.ask('PUT', '123', CONTENT)));
    await start('protected').ask('PUT', '123', SMALL);
    expect(await start('developer').get('123')).toEqual(CONTENT);
  });

  it('separates by trust: what a merge request writes only it reads', async () => {
    await start('request').ask('PUT', '123', CONTENT);
    expect(await start('request').get('123')).toEqual(CONTENT);
    for (const job of ['protected', 'other', 'developer'] as const) expect(await start(job).get('123')).toBeUndefined();
    await start('protected').ask('PUT', '200', CONTENT);
    expect(await start('request').get('200')).toEqual(CONTENT);
  });

  it('lets a developer write nothing', async () => {
    expect((await start('developer').ask('PUT', '123', CONTENT)).status).toBe(200);
    expect(await start('developer').get('123')).toBeUndefined();
  });

  it('answers nobody else on this machine', async () => {
    expect((await start('protected').ask('GET', '123', undefined, 'guessed')).status).toBe(401);
  });

  const uploads = /\/blobs\/uploads\//;
  const faults: readonly (readonly [string, 'GET' | 'PUT', FaultRule])[] = [
    ['is refused', 'GET', { method: 'GET', path: /manifests/, fault: { kind: 'answer', status: 401 }, times: 9 }],
    ['fails', 'GET', { method: 'GET', path: /manifests/, fault: { kind: 'answer', status: 500 }, times: 9 }],
    ['does not answer', 'GET', { method: 'GET', path: /blobs/, fault: { kind: 'hang' }, times: 9 }],
    ['trickles', 'GET', { method: 'GET', path: /blobs/, fault: { kind: 'slow', bytesPerSecond: 20_000 }, times: 9 }],
    ['is cut off', 'GET', { method: 'GET', path: /blobs/, fault: { kind: 'reset-response', after: 1000 }, times: 9 }],
    [
      'gets other bytes',
      'GET',
      { method: 'GET', path: /blobs/, fault: { kind: 'swap', body: randomBytes(CONTENT.length) }, times: 9 },
    ],
    ['is refused', 'PUT', { method: 'POST', path: uploads, fault: { kind: 'answer', status: 403 }, times: 9 }],
    ['fails', 'PUT', { method: 'PATCH', path: uploads, fault: { kind: 'answer', status: 500 }, times: 9 }],
    ['is cut off', 'PUT', { method: 'PATCH', path: uploads, fault: { kind: 'reset-request', after: 1000 }, times: 9 }],
    ['fails at the end', 'PUT', { method: 'PUT', path: /manifests/, fault: { kind: 'answer', status: 503 }, times: 9 }],
  ];
  it.each(faults)('a registry that %s (%s) is a miss and one line', async (_, method, rule) => {
    if (method === 'GET') await start('protected').ask('PUT', '123', CONTENT);
    proxy.reset([rule]);
    const job = start('protected');
    const response = await job.ask(method, '123', method === 'PUT' ? CONTENT : undefined);
    expect(response.status).toBe(method === 'GET' ? 404 : 200);
    expect(job.lines).toHaveLength(1);
    proxy.reset([]);
    expect(await start('developer').get('123')).toEqual(method === 'GET' ? CONTENT : undefined);
  });

  it('a registry that is down is asked once, not for every task', async () => {
    const gone = new Running({
      read: [{ repository: parseRepository('127.0.0.1:9/cache/protected'), name: 'protected' }],
    });
    running.push(gone);
    for (const hash of ['1', '2', '3']) expect(await gone.get(hash)).toBeUndefined();
    expect(gone.lines).toEqual([expect.stringMatching(/^nothing is read from the cache: .*refuses the connection/)]);
  });

  it('an entry that was moved to the tag of another is a miss', async () => {
    const job = start('protected');
    await job.ask('PUT', '123', CONTENT);
    const repository = parseRepository(`${cache}/protected`);
    const manifest = await job.client.pullManifest(repository, 'protected.123');
    if (manifest === undefined) throw new Error('no entry');
    await job.client.pushManifest(repository, 'protected.666', manifest.descriptor.mediaType, manifest.bytes);
    const reader = start('developer');
    expect(await reader.get('666')).toBeUndefined();
    expect(reader.lines).toEqual([expect.stringMatching(/protected\.666 is not what its tag says: it is left alone/)]);
  });

  /** Puts an entry where one is expected, as whoever may push to the registry can. */
  const plant = async (job: Running, hash: string, bytes: Uint8Array): Promise<void> => {
    const repository = parseRepository(`${cache}/protected`);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
    const layer = { mediaType: 'application/vnd.dockyard.nx-cache.content.v1.tar+gzip', digest, size: bytes.length };
    await job.client.pushBytes(repository, layer, bytes);
    await pushArtifact(job.client, repository, `protected.${hash}`, {
      artifactType: 'application/vnd.dockyard.nx-cache.v1',
      annotations: { 'dev.dockyard.nx.hash': hash },
      layers: [layer],
    });
  };

  it.each<[string, () => Promise<Uint8Array>, RegExp]>([
    ['is no tar', () => Promise.resolve(randomBytes(1000)), /can't be unpacked/],
    ['was cut', () => Promise.resolve(CONTENT.subarray(0, 1000)), /can't be unpacked/],
    [
      'holds more than outputs',
      () => entry([{ name: '.git/hooks/post-checkout' }, ...NX]),
      /"\.git\/hooks\/post-checkout", which is no output/,
    ],
    ['is of a task that failed', () => entry([{ name: 'terminalOutput' }, { name: 'code', content: '1' }]), /failed/],
  ])('an entry that %s is a miss, and the next one of its task takes its place', async (_, bytes, why) => {
    await plant(start('protected'), '123', await bytes());
    const job = start('protected');
    expect(await job.get('123')).toBeUndefined();
    expect(job.lines).toEqual([expect.stringMatching(why)]);
    expect(job.store.counts).toMatchObject({ hits: 0, misses: 1 });
    // What a merge request's own job finds broken it leaves to those who may write there.
    const request = start('request');
    expect(await request.get('123')).toBeUndefined();
    await job.ask('PUT', '123', CONTENT);
    expect(await start('developer').get('123')).toEqual(CONTENT);
  });

  it('takes from Nx nothing that it could not give back', async () => {
    const job = start('protected');
    expect((await job.ask('PUT', '123', randomBytes(1000))).status).toBe(200);
    expect(job.lines).toEqual([expect.stringMatching(/^the outputs of a task are not kept: .*can't be unpacked/)]);
    expect(await start('developer').get('123')).toBeUndefined();
  });

  it('ends at once, whoever holds a connection open, and whatever a registry does not answer', async () => {
    const job = start('protected');
    await job.ask('PUT', '123', CONTENT);
    const port = Number(new URL(job.server?.url ?? '').port);
    const silent = connect(port, '127.0.0.1');
    const half = connect(port, '127.0.0.1');
    await Promise.all([once(silent, 'connect'), once(half, 'connect')]);
    half.write('PUT /v1/cache/1 HTTP/1.1\r\nhost: x\r\n');
    const ended = Promise.all(
      [silent, half].map((socket) =>
        once(
          socket.on('error', () => undefined),
          'close',
        ),
      ),
    );
    proxy.reset([{ path: /./, fault: { kind: 'hang' }, times: Infinity }]);
    // Nothing but the grace ends this one: its client waits for an hour.
    const client = new Client({ ...QUICK, silenceMs: 3_600_000 });
    const store = new CacheStore({
      client,
      access: cacheAccess({ DOCKYARD_CACHE: cache }) ?? { read: [] },
      warn: () => undefined,
    });
    const server = await startCacheServer(store, dir);
    const waiting = fetch(`${server.url}/v1/cache/5`, { headers: { authorization: `Bearer ${server.token}` } });
    await vi.waitFor(() => expect(proxy.seen.length).toBeGreaterThan(0));
    await Promise.all([server.close(1), expect(waiting).rejects.toThrow(), job.close(), ended]);
    await client.close();
  });

  it('half of an upload leaves nothing', async () => {
    const job = start('protected');
    await job.ask('GET', '1');
    const cut = fetch(`${job.server?.url ?? ''}/v1/cache/123`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${job.server?.token ?? ''}` },
      body: new ReadableStream({
        start: (controller) => {
          controller.enqueue(CONTENT);
        },
        pull: (controller) => {
          controller.error(new Error('cut'));
        },
      }),
      duplex: 'half',
    });
    await expect(cut).rejects.toThrow();
    expect(await start('developer').get('123')).toBeUndefined();
  });

  it('forgets what nobody used, and keeps what somebody did', async () => {
    const job = start('protected');
    await job.ask('PUT', '123', CONTENT);
    await job.ask('PUT', '124', SMALL);
    const repository = parseRepository(`${cache}/protected`);
    const retain = (days: number) =>
      after(days, job, () => removeUnused(job.client, repository, { days: 30, report: () => undefined }));
    expect(await retain(20)).toEqual({ removed: 0, refused: 0 });
    expect(await retain(40)).toEqual({ removed: 2, refused: 0 });
    expect(await start('developer').get('123')).toBeUndefined();
  });

  it('empties one level of trust, and no other', async () => {
    const job = start('protected');
    await job.ask('PUT', '123', CONTENT);
    await job.store.noteTimes([{ id: 'redis:compile:amd64', hash: '123', seconds: 82.4 }]);
    await job.ask('PUT', '124', SMALL);
    await start('request').ask('PUT', '125', CONTENT);
    const said: string[] = [];
    const empty = (dryRun: boolean) =>
      emptyRepository(job.client, parseRepository(`${cache}/protected`), { dryRun, report: (line) => said.push(line) });
    expect(await empty(true)).toEqual({ removed: 2, refused: 0 });
    expect(await start('developer').get('123')).toEqual(CONTENT);
    expect(await empty(false)).toEqual({ removed: 2, refused: 0 });
    expect(said).toEqual([`${cache}/protected: 2 entries would be removed`, `${cache}/protected: 2 entries removed`]);
    expect(await start('developer').get('123')).toBeUndefined();
    expect(await start('developer').store.times()).toEqual({});
    expect(await start('request').get('125')).toEqual(CONTENT);
    expect(await empty(false)).toEqual({ removed: 0, refused: 0 });
  });

  it.each([-400, 400, 27_000])('a clock that is off by %d days removes nothing', async (days) => {
    const repository = parseRepository(`${cache}/protected`);
    const retain = (job: Running) => removeUnused(job.client, repository, { days: 30, report: () => undefined });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + days * DAY });
    try {
      const skewed = start('protected');
      await skewed.ask('PUT', '123', CONTENT);
      await expect(retain(skewed)).rejects.toThrow(
        /registry's clock says .* this machine's says .* Nothing is removed/,
      );
    } finally {
      vi.useRealTimers();
    }
    const skewed = start('protected');
    vi.spyOn(skewed.client, 'now').mockReturnValue(Date.now() + days * DAY);
    await expect(retain(skewed)).rejects.toThrow(UserError);
    expect(await retain(start('protected'))).toEqual({ removed: 0, refused: 0 });
    expect(await start('developer').get('123')).toEqual(CONTENT);
  });

  it('tells all how long protected refs took for what they built, the newest first', async () => {
    const built = { id: 'redis:compile:amd64', hash: '123', seconds: 82.4 };
    const job = start('protected');
    await job.ask('PUT', '123', CONTENT);
    await job.store.noteTimes([built, { id: 'redis:publish', hash: '124', seconds: 5 }]);
    vi.spyOn(job.client, 'now').mockReturnValue(Date.now() + 1000);
    await job.store.noteTimes([{ ...built, seconds: 90 }]);
    const request = start('request');
    await request.ask('PUT', '125', CONTENT);
    await request.store.noteTimes([{ ...built, hash: '125', seconds: 1 }]);
    for (const who of ['request', 'developer'] as const)
      expect(await start(who).store.times()).toEqual({ 'redis:compile:amd64': 90 });
    // They go with their entry, and are none themselves.
    const repository = parseRepository(`${cache}/protected`);
    const removed = after(40, job, () => removeUnused(job.client, repository, { days: 30, report: () => undefined }));
    expect(await removed).toMatchObject({ removed: 1 });
    expect(await start('developer').store.times()).toEqual({});
  });

  it('knows no durations where the registry fails, and says so once', async () => {
    proxy.reset([{ method: 'GET', path: /tags/, fault: { kind: 'answer', status: 500 }, times: 9 }]);
    const job = start('developer');
    expect(await job.store.times()).toEqual({});
    expect(job.lines).toHaveLength(1);
  });

  it('says so where the registry removes nothing', async () => {
    const stubborn = await startRegistry({ dir: LAB, deletes: false });
    try {
      const repository = parseRepository(`${stubborn.host}/cache/protected`);
      const job = new Running({ read: [], write: { repository, name: 'protected' } });
      running.push(job);
      await job.ask('PUT', '123', CONTENT);
      const lines: string[] = [];
      const result = await after(40, job, () =>
        removeUnused(job.client, repository, { days: 30, report: (line) => lines.push(line) }),
      );
      expect(result).toEqual({ removed: 0, refused: 1 });
      expect(lines[0]).toMatch(/the registry removes nothing/);
    } finally {
      await stubborn.stop();
    }
  });
});

describe('rights in the registry', () => {
  it("keep a merge request's job from what the default branch reads, whatever it says it is", async () => {
    const registry = await startRegistry({
      dir: LAB,
      users: {
        guarded: { password: 'p', grants: { 'g/cache/*': ['pull', 'push'] } },
        request: { password: 'p', grants: { 'g/cache/protected': ['pull'], 'g/cache/unprotected': ['pull', 'push'] } },
      },
    });
    const start = (env: Record<string, string>, username: string): Running => {
      const access = cacheAccess({ DOCKYARD_CACHE: `${registry.host}/g/cache`, ...env });
      if (access === undefined) throw new Error('no cache');
      return new Running(access, { username, password: 'p' });
    };
    const poisoner = start(JOBS.protected, 'request');
    const request = start(JOBS.request, 'request');
    const guarded = start(JOBS.protected, 'guarded');
    try {
      expect((await poisoner.ask('PUT', '123', CONTENT)).status).toBe(200);
      expect(poisoner.lines).toEqual([expect.stringMatching(/^nothing is written to the cache: .*HTTP status 401/)]);
      expect(await guarded.get('123')).toBeUndefined();
      await request.ask('PUT', '123', SMALL);
      expect(await guarded.get('123')).toBeUndefined();
      await guarded.ask('PUT', '124', CONTENT);
      expect(await request.get('124')).toEqual(CONTENT);
      expect(request.lines).toEqual([]);
    } finally {
      for (const one of [poisoner, request, guarded]) await one.close();
      await registry.stop();
    }
  });
});

it('is not in the way when no disk is left here', async () => {
  const registry = await startRegistry({ dir: LAB });
  const disk = await mkdtemp(join(tmpdir(), 'cache-full-'));
  await exec({ command: 'mount', args: ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk] });
  const client = new Client(QUICK);
  const repository = parseRepository(`${registry.host}/cache/protected`);
  const namespace = { repository, name: 'protected' };
  const store = new CacheStore({ client, access: { read: [namespace], write: namespace }, warn: () => undefined });
  const server = await startCacheServer(store, disk);
  try {
    const headers = { authorization: `Bearer ${server.token}` };
    const put = await fetch(`${server.url}/v1/cache/1`, { method: 'PUT', headers, body: new Uint8Array(CONTENT) });
    expect(put.status).toBe(200);
    await writeFile(join(disk, 'small'), '');
    expect((await fetch(`${server.url}/v1/cache/1`, { headers })).status).toBe(404);
  } finally {
    await server.close();
    await client.close();
    await registry.stop();
    await exec({ command: 'umount', args: [disk] });
    await rm(disk, { recursive: true });
  }
});

import { type Registry, registryIsTested, startRegistry } from '@dockyard/lab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boundaryOpenings } from './boundary.ts';

const PINNED = `registry.example.com/ci:1@sha256:${'a'.repeat(64)}`;
const QUICK = { patience: { attempts: 1, backOffMs: 1, mostWaitMs: 1 }, silenceMs: 5_000 };
const READ = ['pull'] as const;
const WRITE = ['pull', 'push'] as const;

describe.skipIf(!(await registryIsTested()))('the boundary of the pipeline', () => {
  let registry: Registry;
  beforeAll(async () => {
    registry = await startRegistry({
      users: {
        guarded: { password: 'p', grants: { 'g/p/*': READ } },
        maintainer: { password: 'p', grants: { 'g/p/cache/*': WRITE, 'g/p/dockyard-state': READ, 'g/p/redis': READ } },
        owner: { password: 'p', grants: { 'g/p/*': WRITE } },
      },
    });
  });
  afterAll(() => registry.stop());

  const job = (user: string, more: Record<string, string> = {}) => ({
    DOCKYARD_CACHE: `${registry.host}/g/p/cache`,
    DOCKYARD_REGISTRIES: `${registry.host}/g/p`,
    CI_REGISTRY: registry.host,
    CI_REGISTRY_USER: user,
    CI_REGISTRY_PASSWORD: 'p',
    CI_JOB_IMAGE: PINNED,
    ...more,
  });
  const openings = (env: Record<string, string>) => boundaryOpenings({ env, images: ['redis'], client: QUICK });

  it("holds where a job's own token may only read", async () => {
    expect(await openings(job('guarded'))).toEqual([]);
  });

  it("is open where a job's own token may push, to the cache, the record or an image", async () => {
    const [only, ...others] = await openings(job('maintainer'));
    expect(only?.what).toMatch(/\/g\/p\/cache\/protected takes a push with the job's own token/);
    expect(only?.fix).toMatch(/Protected container repositories/);
    expect(others).toEqual([]);
    expect((await openings(job('owner'))).map(({ what }) => /\/g\/p\/(\S+)/.exec(what)?.[1])).toEqual([
      'cache/protected',
      'dockyard-state',
      'redis',
    ]);
  });

  it('is open where every job holds the token that publishes', async () => {
    const auth = Buffer.from('owner:p').toString('base64');
    const found = await openings(
      job('guarded', { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry.host]: { auth } } }) }),
    );
    expect(found).toHaveLength(3);
    expect(found[0]?.fix).toMatch(/environment scope/);
    // One that only reads, such as for the images of jobs, opens nothing.
    const reads = Buffer.from('guarded:p').toString('base64');
    const config = JSON.stringify({ auths: { [registry.host]: { auth: reads } } });
    expect(await openings(job('guarded', { DOCKER_AUTH_CONFIG: config }))).toEqual([]);
  });

  it('is open where the image of jobs is a tag that can be moved', async () => {
    for (const image of ['node:24-trixie', `${registry.host}/g/p/ci:latest`]) {
      const [only] = await openings(job('guarded', { CI_JOB_IMAGE: image }));
      expect(only?.what).toContain(image);
    }
  });

  it('is not taken to hold where that cannot be told', async () => {
    await expect(openings(job('guarded', { CI_REGISTRY_PASSWORD: 'wrong' }))).rejects.toThrow(/HTTP status 401/);
    const gone = { DOCKYARD_CACHE: '127.0.0.1:9/cache', CI_REGISTRY: 'registry.example.com' };
    await expect(openings(job('guarded', gone))).rejects.toThrow(/refuses the connection/);
  });
});

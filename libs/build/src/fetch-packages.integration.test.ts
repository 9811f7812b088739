import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FetchOptions, formatLock } from '@dockyard/sources';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FetchedPackages, fetchPackages } from './fetch-packages.ts';
import { requireProject } from './parents.ts';

const LOCK = 'images/net/packages/image.amd64.json';

let workspace: string;
let server: Server;
let status: number;
let lines: string[];

beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'fetch-packages-'));
  mkdirSync(join(workspace, 'images/net/packages'), { recursive: true });
  const definition = {
    image: 'net',
    description: 'A package that depends on none',
    version: '1',
    licenses: 'MIT',
    homepage: 'https://example.org',
    platforms: ['linux/amd64'],
    packages: { suite: 'trixie', image: ['netbase'] },
    tags: ['1'],
  };
  writeFileSync(join(workspace, 'images/net/image.yaml'), JSON.stringify(definition));
  writeFileSync(join(workspace, 'images/net/Dockerfile'), 'FROM scratch\nCOPY --from=sources packages/ /\n');
  const old = { name: 'netbase', version: '0.1', architecture: 'all', size: 10, sha256: 'ab'.repeat(32) };
  const path = 'pool/main/n/netbase/netbase_0.1_all.deb';
  writeFileSync(
    join(workspace, LOCK),
    formatLock({ suite: 'trixie', architecture: 'amd64', packages: [{ ...old, path }] }),
  );
  lines = [];
  status = 404;
  server = createServer((_request, response) => void response.writeHead(status).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(workspace, { recursive: true });
});

const fetchLocked = (options: FetchOptions): Promise<FetchedPackages> =>
  fetchPackages(
    {
      workspace,
      project: requireProject(workspace, 'images/net'),
      use: 'image',
      platform: 'linux/amd64',
      onLine: (line) => lines.push(line),
    },
    LOCK,
    { store: join(workspace, 'store'), limits: { rounds: 1 }, ...options },
  );
const local = (): FetchOptions => ({
  mirrors: [`http://127.0.0.1:${String((server.address() as AddressInfo).port)}/debian`],
});

describe('a locked package that no mirror has any more', () => {
  it('is an error where locks are to be kept, which says how to go on', async () => {
    const error: unknown = await fetchLocked({ ...local(), env: { DOCKYARD_LOCKED: 'true' } }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      message: expect.stringContaining(`${LOCK}: a package is on no mirror any more`) as string,
      hint: expect.stringContaining('npm run lock') as string,
    });
    expect(String(error)).toContain('netbase_0.1_all.deb');
  });

  it('is replaced by what apt resolves now, loudly', async () => {
    const { debs, unlocked } = await fetchLocked({ env: {} });
    expect(unlocked).toBe(true);
    expect([...debs.keys()]).toEqual(['netbase_all.deb']);
    expect(lines.join('\n')).toMatch(/WARNING: .*can not be published:\n {2}netbase \d\S*, locked 0\.1/);
  });
});

describe('where there is no apt', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('is an error that says so, and where to lock the newer one', async () => {
    vi.stubEnv('PATH', workspace);
    await expect(fetchLocked({ ...local(), env: {} })).rejects.toMatchObject({
      message: expect.stringMatching(/this machine has none\.\nSo this machine can't tell what to install/) as string,
      hint: expect.stringContaining('npm run lock net') as string,
    });
  });
});

describe('a mirror that can not be reached', () => {
  it('is no reason to take other packages', async () => {
    status = 503;
    await expect(fetchLocked({ ...local(), env: {} })).rejects.toThrow('HTTP status 503');
    expect(lines).toEqual([]);
  });
});

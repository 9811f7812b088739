import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registryIsTested } from '../registry/program.ts';
import { type Registry, startRegistry } from '../registry/registry.ts';
import { type TestLayout, writeLayout } from '../testing/layout.ts';
import { push, skopeo } from '../testing/skopeo.ts';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';
import type { FaultRule } from './rules.ts';

let folder: string;
let registry: Registry;
let proxy: FaultyProxy;
let image: TestLayout;

describe.skipIf(!(await registryIsTested()))('skopeo and a registry behind a faulty proxy', () => {
  beforeEach(async () => {
    folder = await mkdtemp('/tmp/dockyard-proxy-test-');
    image = await writeLayout(join(folder, 'layout'), 1_000_000);
    registry = await startRegistry();
    proxy = await startFaultyProxy(registry.host);
  });
  afterEach(async () => {
    await proxy.stop();
    await registry.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const pushThrough = (...options: string[]) => push(join(folder, 'layout'), `${proxy.host}/a:1`, ...options);
  const pullThrough = () =>
    skopeo('copy', '--quiet', '--src-tls-verify=false', `docker://${proxy.host}/a:1`, `dir:${folder}/pulled`);
  const tags = async () => (await fetch(`${registry.url}/v2/a/tags/list`)).status;

  it('moves an image there and back, and sees every byte of it', async () => {
    expect(await pushThrough()).toMatchObject({ exitCode: 0 });
    const sent = proxy.seen.reduce((sum, { requestBytes }) => sum + requestBytes, 0);
    expect(sent).toBeGreaterThan(image.layerBytes);
    expect(sent).toBeLessThan(image.layerBytes + 2000);
    const puts = proxy.seen.filter(({ method }) => method === 'PUT').map(({ path }) => path);
    expect(puts.at(-1)).toBe('/v2/a/manifests/1');
    expect(puts.slice(0, -1).every((path) => path.startsWith('/v2/a/blobs/uploads/'))).toBe(true);
    proxy.reset([]);
    expect(await pullThrough()).toMatchObject({ exitCode: 0 });
    const layer = await readFile(join(folder, 'pulled', image.layer.slice('sha256:'.length)));
    expect(`sha256:${createHash('sha256').update(layer).digest('hex')}`).toBe(image.layer);
    expect(proxy.seen.reduce((sum, { responseBytes }) => sum + responseBytes, 0)).toBeGreaterThan(layer.length);
  });

  const broken: [string, FaultRule][] = [
    ['the start of an upload', { method: 'POST', path: /uploads/, fault: { kind: 'reset-request', after: 0 } }],
    ['the middle of an upload', { method: 'PATCH', path: /uploads/, fault: { kind: 'reset-request', after: 500_000 } }],
    ['the end of an upload', { method: 'PUT', path: /uploads/, fault: { kind: 'reset-request', after: 0 } }],
    ['the manifest', { method: 'PUT', path: /manifests/, fault: { kind: 'reset-request', after: 0 } }],
    ['an upload, with 500', { method: 'PATCH', path: /uploads/, fault: { kind: 'answer', status: 500 } }],
    ['the manifest, with 403', { method: 'PUT', path: /manifests/, fault: { kind: 'answer', status: 403 } }],
  ];
  it.each(broken)('fails at %s, tags nothing, and succeeds without the fault', async (_, rule) => {
    proxy.reset([{ ...rule, times: Infinity }]);
    expect((await pushThrough()).exitCode).not.toBe(0);
    expect(proxy.seen.some(({ fault }) => fault === rule.fault.kind)).toBe(true);
    expect(await tags()).toBe(404);
    proxy.reset([]);
    expect(await pushThrough()).toMatchObject({ exitCode: 0 });
    expect(await tags()).toBe(200);
  });

  it('pushes for good and fails where only the answer is lost', async () => {
    proxy.reset([{ method: 'PUT', path: /manifests/, fault: { kind: 'lose-answer' }, times: Infinity }]);
    expect((await pushThrough()).exitCode).not.toBe(0);
    expect(await tags()).toBe(200);
  });

  it('waits as long as 429 says', async () => {
    // skopeo itself waits 2 s by default.
    const fault = { kind: 'answer', status: 429, headers: { 'retry-after': '3' } } as const;
    proxy.reset([{ method: 'HEAD', path: /blobs/, fault }]);
    expect((await pushThrough()).exitCode).toBe(0);
    const [refused, again] = proxy.seen.filter(({ method }) => method === 'HEAD');
    expect([refused?.status, again?.status, again?.path]).toEqual([429, 404, refused?.path]);
    expect((again?.startedAt ?? 0) - (refused?.endedAt ?? 0)).toBeGreaterThan(2900);
  });

  it('refuses swapped bytes, and misses a dropped manifest', async () => {
    proxy.reset([{ method: 'PUT', path: /manifests/, fault: { kind: 'drop-manifest' } }]);
    expect((await pushThrough()).exitCode).toBe(0);
    expect((await pullThrough()).stderr).toContain('manifest unknown');
    proxy.reset([
      { method: 'GET', path: new RegExp(image.layer), fault: { kind: 'swap', body: (own) => own.fill(0, 1000, 1010) } },
    ]);
    await pushThrough();
    expect((await pullThrough()).stderr).toMatch(/digest|checksum/i);
  });
});

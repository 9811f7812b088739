import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { blobPath, digestHex, digestOf } from './digest.ts';
import type { LayoutError } from './errors.ts';
import {
  blobs,
  buildkitLayout,
  containersDirectory,
  contents,
  failure,
  EPOCH,
  finish,
  scratch,
  tarLayer,
  tarOf,
} from './fixture.ts';
import { readImage, readIndexJson } from './read.ts';
import { MEDIA_TYPES } from './types.ts';
import { verifyLayout } from './verify.ts';

const at = scratch();

const layer = await tarLayer({ a: '1' });

describe('finishImage on a dir: folder of podman', () => {
  it('writes OCI media types, gzipped layers and only the fields of the specification', async () => {
    const layer = await tarLayer({ hi: 'there' });
    const raw = await containersDirectory(at('raw'), [layer]);
    const output = at('out');

    const record = await finish({
      raw,
      output,
      labels: { z: '1', b: 'ours' },
      annotations: { y: '2', x: '1' },
      refName: 'hello:1',
    });

    const { manifest, config, descriptor } = await readImage(output);
    expect(manifest.mediaType).toBe(MEDIA_TYPES.manifest);
    expect(manifest.config.mediaType).toBe(MEDIA_TYPES.config);
    expect(manifest.layers.map((each) => each.mediaType)).toEqual([MEDIA_TYPES.layerGzip]);
    expect(JSON.stringify(manifest.annotations)).toBe('{"x":"1","y":"2"}');
    expect(descriptor.annotations).toEqual({ 'org.opencontainers.image.ref.name': 'hello:1' });
    expect(config).toEqual({
      created: '2023-11-14T22:13:20Z',
      architecture: 'amd64',
      os: 'linux',
      config: {
        User: '10:10',
        Env: ['PATH=/bin'],
        Cmd: ['/x'],
        Labels: { b: 'ours', z: '1' },
        StopSignal: 'SIGQUIT',
        Healthcheck: { Test: ['CMD', '/hc'], Interval: 5_000_000_000 },
      },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
      history: [{ created: '2023-11-14T22:13:20Z', created_by: 'COPY 0' }],
    });
    const stored = manifest.layers[0];
    expect(gunzipSync(await readFile(blobPath(output, stored?.digest ?? digestOf(''))))).toEqual(layer);
    expect(record).toEqual({
      schemaVersion: 1,
      project: 'p',
      kind: 'image',
      platform: 'linux/amd64',
      digest: descriptor.digest,
      config: manifest.config.digest,
      size: manifest.config.size + (stored?.size ?? 0),
      layers: [{ digest: stored?.digest, size: stored?.size, diffId: digestOf(layer) }],
      parents: [],
      epoch: EPOCH,
      revision: 'abc',
      created: '2023-11-14T22:13:20Z',
    });
  });

  it('gives the same bytes whatever the engine put into times, ids and its own fields', async () => {
    const layers = [await tarLayer({ a: 'x'.repeat(300_000) }), await tarLayer({ b: '2' })];
    const one = await containersDirectory(at('one'), layers);
    const two = await containersDirectory(at('two'), layers, {
      created: '1999-01-01T00:00:00Z',
      container: 'ffffffffffff',
      parent: undefined,
      docker_version: '20.10',
      history: layers.map((_, index) => ({ created_by: `COPY ${String(index)}`, comment: 'FROM 0000' })),
    });
    await finish({ raw: one, output: at('out1') });
    await finish({ raw: two, output: at('out2') });
    expect(await contents(at('out1'))).toEqual(await contents(at('out2')));
  });

  it('leaves out a working directory that is the root, and keeps any other', async () => {
    for (const [name, directory, kept] of [
      ['root', '/', undefined],
      ['data', '/data', '/data'],
    ] as const) {
      const config = { Cmd: ['/x'], WorkingDir: directory };
      await finish({ raw: await containersDirectory(at(name), [layer], { config }), output: at(`out-${name}`) });
      expect((await readImage(at(`out-${name}`))).config.config?.WorkingDir).toBe(kept);
    }
  });

  it('gives every entry the time of the build, of whatever build an engine took it', async () => {
    const [old, now] = [await tarOf({ name: 'a', mtime: new Date(0) }), await tarOf({ name: 'a' })];
    for (const [name, layer] of [
      ['old', old],
      ['now', now],
    ] as const) {
      await finish({ raw: await buildkitLayout(at(name), [layer]), output: at(`out-${name}`) });
      await finish({ raw: await containersDirectory(at(`dir-${name}`), [layer]), output: at(`out-dir-${name}`) });
      await verifyLayout({ layout: at(`out-${name}`), parents: [] });
      const { manifest, config } = await readImage(at(`out-${name}`));
      const stored = gunzipSync(
        await readFile(blobPath(at(`out-${name}`), manifest.layers[0]?.digest ?? digestOf(''))),
      );
      expect(config.rootfs.diff_ids).toEqual([digestOf(stored)]);
    }
    expect(await contents(at('out-dir-old'))).toEqual(await contents(at('out-dir-now')));
    const diffIds = async (name: string) => (await readImage(at(name))).config.rootfs.diff_ids;
    expect(await diffIds('out-old')).toEqual(await diffIds('out-now'));
  });

  it('writes a gzip header that names no time and no operating system', async () => {
    await finish({ raw: await containersDirectory(at('raw'), [await tarLayer({ a: '1' })]), output: at('out') });
    const { manifest } = await readImage(at('out'));
    const bytes = await readFile(blobPath(at('out'), manifest.layers[0]?.digest ?? digestOf('')));
    expect(bytes.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
  });

  it('takes an image without a layer', async () => {
    const raw = await containersDirectory(at('raw'), [], { rootfs: { type: 'layers', diff_ids: null } });
    const record = await finish({ raw, output: at('out') });
    expect(record.layers).toEqual([]);
  });
});

describe('finishImage on a layout of BuildKit', () => {
  it('ignores attestations', async () => {
    const raw = await buildkitLayout(at('raw'), [layer]);
    await finish({ raw, output: at('out') });
    expect((await readIndexJson(at('out'))).manifests).toHaveLength(1);
    expect(await blobs(at('out'))).toHaveLength(3);
  });

  it('makes the same layer of the same content, however the engine compressed it', async () => {
    const plain = await finish({ raw: await containersDirectory(at('dir'), [layer]), output: at('plain') });
    const gzip = await finish({ raw: await buildkitLayout(at('gzip.raw'), [layer]), output: at('gzip') });
    const zstd = await finish({
      raw: await buildkitLayout(at('zstd.raw'), [layer], {
        compress: zstdCompressSync,
        layerType: MEDIA_TYPES.layerZstd,
      }),
      output: at('zstd'),
    });
    expect(gzip.layers).toEqual(plain.layers);
    expect(zstd.layers).toEqual(plain.layers);
    expect((await readImage(at('zstd'))).manifest.layers[0]?.mediaType).toBe(MEDIA_TYPES.layerGzip);
  });

  it('refuses two images', async () => {
    const raw = await buildkitLayout(at('raw'), [await tarLayer({ a: '1' })], { images: 2 });
    const error = await failure(finish({ raw, output: at('out') }));
    expect(error.message).toContain('the export holds other than one image');
    expect(error.found).toContain('2 images');
  });

  it('refuses a layer whose content is not what the configuration names', async () => {
    const raw = await buildkitLayout(at('raw'), [await tarLayer({ a: '1' })], {
      compress: () => gzipSync(Buffer.from('something else')),
    });
    const error = await failure(finish({ raw, output: at('out') }));
    expect(error.message).toContain('rootfs.diff_ids');
    expect(error.found).toBe(digestOf('something else'));
  });

  it('refuses compressed data that ends early', async () => {
    const raw = await buildkitLayout(at('raw'), [await tarLayer({ a: '1' })], {
      compress: (layer) => gzipSync(layer).subarray(0, -6),
    });
    const error = await failure(finish({ raw, output: at('out') }));
    expect(error.message).toContain("can't be decompressed");
  });

  it('refuses a media type that it does not know', async () => {
    const layerType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
    const raw = await buildkitLayout(at('raw'), [await tarLayer({ a: '1' })], { layerType });
    expect((await failure(finish({ raw, output: at('out') }))).found).toBe(layerType);
  });
});

describe('thin layouts', () => {
  it("leaves out the parent's layers, matched by diffID although their compression differs", async () => {
    const base = [await tarLayer({ a: '1' }), await tarLayer({ b: '2' })];
    const own = await tarLayer({ c: '3' });
    // The parent came from BuildKit, gzipped at another level; the child comes back from podman, uncompressed.
    const parent = await finish({ raw: await buildkitLayout(at('raw1'), base), output: at('parent') });
    const raw = await containersDirectory(at('raw2'), [...base, own]);
    const child = await finish({
      raw,
      output: at('child'),
      parents: [{ layout: 'dist/parent', path: at('parent') }],
    });
    expect(child.layers.slice(0, 2)).toEqual(parent.layers);
    expect(child.layers[2]?.diffId).toBe(digestOf(own));
    expect(await blobs(at('child'))).toEqual([child.digest, child.config, child.layers[2]?.digest].sort());
    expect(child.parents).toEqual([{ layout: 'dist/parent', digest: parent.digest }]);
    expect((await readImage(at('child'))).manifest.layers.map(({ size }) => size)).toEqual(
      child.layers.map(({ size }) => size),
    );
  });

  it('takes the parent with the longest common prefix, and among equals the one that holds the blobs', async () => {
    const [a, b, c] = [await tarLayer({ a: '1' }), await tarLayer({ b: '2' }), await tarLayer({ c: '3' })];
    const parentOf = (name: string) => ({ layout: name, path: at(name) });
    await finish({ raw: await containersDirectory(at('r1'), [a]), output: at('base') });
    await finish({ raw: await containersDirectory(at('r2'), [a, b]), output: at('mid'), parents: [parentOf('base')] });

    const longest = await finish({
      raw: await containersDirectory(at('r3'), [a, b, c]),
      output: at('o3'),
      parents: [parentOf('base'), parentOf('mid')],
    });
    expect(longest.parents.map(({ layout }) => layout)).toEqual(['mid']);

    const equal = await finish({
      raw: await containersDirectory(at('r4'), [a, c]),
      output: at('o4'),
      parents: [parentOf('mid'), parentOf('base')],
    });
    expect(equal.parents.map(({ layout }) => layout)).toEqual(['base']);
  });

  it('names no parent when nothing is shared', async () => {
    await finish({ raw: await containersDirectory(at('r1'), [await tarLayer({ a: '1' })]), output: at('parent') });
    const record = await finish({
      raw: await containersDirectory(at('r2'), [await tarLayer({ b: '2' })]),
      output: at('out'),
      parents: [{ layout: 'parent', path: at('parent') }],
    });
    expect(record.parents).toEqual([]);
    expect(await blobs(at('out'))).toHaveLength(3);
  });
});

describe('bad input of finishImage leaves no output', () => {
  async function refused(raw: string): Promise<LayoutError> {
    const before = await readdir(at('.'));
    const error = await failure(finish({ raw, output: at('out') }));
    expect(await readdir(at('.'))).toEqual(before);
    return error;
  }

  it('refuses a corrupted layer', async () => {
    const raw = await containersDirectory(at('raw'), [layer]);
    const file = path.join(raw, digestHex(digestOf(layer)));
    const damaged = Buffer.from(layer);
    damaged[700] = 1;
    await writeFile(file, damaged);
    const error = await refused(raw);
    expect(error).toMatchObject({ file, expected: digestOf(layer), found: digestOf(damaged) });
    expect(error.message).toContain('corrupted');
  });

  it('refuses a truncated layer', async () => {
    const raw = await containersDirectory(at('raw'), [layer]);
    const file = path.join(raw, digestHex(digestOf(layer)));
    await truncate(file, 100);
    expect(await refused(raw)).toMatchObject({ file, expected: `${String(layer.length)} bytes`, found: '100 bytes' });
  });

  it('refuses a missing layer', async () => {
    const raw = await containersDirectory(at('raw'), [layer]);
    const file = path.join(raw, digestHex(digestOf(layer)));
    await rm(file);
    expect(await refused(raw)).toMatchObject({ file, expected: digestOf(layer), found: 'no file' });
  });

  it('refuses an image of another platform', async () => {
    const raw = await containersDirectory(at('raw'), [layer], { architecture: 'arm64', variant: 'v8' });
    expect(await refused(raw)).toMatchObject({ expected: 'linux/amd64', found: 'linux/arm64/v8' });
  });

  it('refuses a folder that is no export, and one whose manifest is no JSON', async () => {
    await mkdir(at('raw'));
    expect((await refused(at('raw'))).message).toContain('exported nothing that Dockyard knows');
    await writeFile(at('raw/version'), '');
    expect((await refused(at('raw'))).message).toContain('has no manifest');
    await writeFile(at('raw/manifest.json'), '{"schemaVersion":');
    expect((await refused(at('raw'))).message).toContain('not JSON');
  });

  it('refuses a digest that climbs out of the folder', async () => {
    const raw = await containersDirectory(at('raw'), [layer]);
    const manifest = await readFile(path.join(raw, 'manifest.json'), 'utf8');
    await writeFile(path.join(raw, 'manifest.json'), manifest.replace(digestOf(layer), 'sha256:../../../etc/passwd'));
    expect((await refused(raw)).message).toContain('layers[0] is not a descriptor');
  });

  it('refuses an output that exists, and keeps it', async () => {
    const raw = await containersDirectory(at('raw'), [layer]);
    await mkdir(at('out'));
    await writeFile(at('out/mine'), 'x');
    expect((await refused(raw)).message).toContain('exists already');
    expect(await readdir(at('out'))).toEqual(['mine']);
  });

  it('lets one of two at once make the output, and refuses the other', async () => {
    const raw = await containersDirectory(at('raw'), [layer]);
    const results = await Promise.allSettled([finish({ raw, output: at('out') }), finish({ raw, output: at('out') })]);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(refusals).toEqual([expect.objectContaining({ name: 'LayoutError', file: at('out') })]);
    await verifyLayout({ layout: at('out'), parents: [] });
    expect((await readdir(at('.'))).sort()).toEqual(['out', 'raw']);
  });

  it('refuses a configuration that names other than as many layers as the manifest', async () => {
    const raw = await containersDirectory(at('raw'), [layer], { rootfs: { type: 'layers', diff_ids: [] } });
    expect(await refused(raw)).toMatchObject({ found: '0 entries in rootfs.diff_ids' });
  });

  it('refuses an epoch that is no whole number of seconds', async () => {
    const raw = await containersDirectory(at('raw'), [layer]);
    expect((await failure(finish({ raw, output: at('out'), epoch: 1.5 }))).message).toContain('epoch');
  });
});

describe('variants', () => {
  it('writes the variant that was asked for where the engine left it out', async () => {
    const raw = await containersDirectory(at('raw'), [layer], { architecture: 'arm' });
    await finish({ raw, output: at('out'), platform: 'linux/arm/v7' });
    expect((await readImage(at('out'))).config.variant).toBe('v7');
    expect((await readIndexJson(at('out'))).manifests[0]?.platform).toEqual({
      architecture: 'arm',
      os: 'linux',
      variant: 'v7',
    });
  });

  it('takes arm64/v8 for arm64, and refuses arm/v6 for arm/v7', async () => {
    const eight = await containersDirectory(at('raw1'), [layer], { architecture: 'arm64', variant: 'v8' });
    await finish({ raw: eight, output: at('out'), platform: 'linux/arm64' });
    expect((await readImage(at('out'))).config.variant).toBeUndefined();
    const six = await containersDirectory(at('raw2'), [layer], { architecture: 'arm', variant: 'v6' });
    const error = await failure(finish({ raw: six, output: at('out2'), platform: 'linux/arm/v7' }));
    expect(error.found).toBe('linux/arm/v6');
  });
});

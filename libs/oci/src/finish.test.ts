import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
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
  layersIn,
  scratch,
  tarLayer,
  tarOf,
} from './fixture.ts';
import { type PlacedEntry, readTar } from './layer/read-tar.ts';
import { readImage, readIndexJson } from './read.ts';
import { MEDIA_TYPES } from './types.ts';
import { verifyLayout } from './verify.ts';

const at = scratch();

const layer = await tarLayer({ a: '1' });

async function listed(tar: Buffer = Buffer.alloc(0)): Promise<PlacedEntry[]> {
  const entries: PlacedEntry[] = [];
  for await (const entry of readTar(Readable.from([tar]))) entries.push(entry);
  return entries;
}

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
      history: [
        { instruction: 'COPY hi /', changesFiles: true },
        { instruction: 'CMD /x', changesFiles: false },
      ],
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
      rootfs: { type: 'layers', diff_ids: [record.layers[0]?.diffId] },
      history: [
        { created: '2023-11-14T22:13:20Z', created_by: 'COPY hi /' },
        { created: '2023-11-14T22:13:20Z', created_by: 'CMD /x', empty_layer: true },
      ],
    });
    const stored = manifest.layers[0];
    const [tar] = await layersIn(output);
    expect(digestOf(tar ?? '')).toBe(stored === undefined ? undefined : record.layers[0]?.diffId);
    expect(await listed(tar)).toMatchObject([{ path: 'hi', type: 'file', size: 5 }]);
    expect(record).toEqual({
      schemaVersion: 1,
      project: 'p',
      kind: 'image',
      platform: 'linux/amd64',
      digest: descriptor.digest,
      config: manifest.config.digest,
      size: manifest.config.size + (stored?.size ?? 0),
      layers: [{ digest: stored?.digest, size: stored?.size, diffId: digestOf(tar ?? '') }],
      parents: [],
      epoch: EPOCH,
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
    const other = await tarLayer({ b: '2' });
    const raw = await buildkitLayout(at('raw'), [await tarLayer({ a: '1' })], { compress: () => gzipSync(other) });
    const error = await failure(finish({ raw, output: at('out') }));
    expect(error.message).toContain('rootfs.diff_ids');
    expect(error.found).toBe(digestOf(other));
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

describe('an image on a base', () => {
  it("leaves out the base's layers, matched by diff id although their compression differs", async () => {
    // The base came from BuildKit, gzipped at another level; the child comes back from podman, uncompressed.
    const parent = await finish({
      raw: await buildkitLayout(at('raw1'), [await tarLayer({ a: '1', b: '2' })]),
      output: at('parent'),
      history: [{ instruction: 'COPY a b /', changesFiles: true }],
    });
    const raw = await containersDirectory(at('raw2'), [...(await layersIn(at('parent'))), await tarLayer({ c: '3' })]);
    const child = await finish({
      raw,
      output: at('child'),
      base: { layout: 'dist/parent', path: at('parent') },
      history: [
        { instruction: 'RUN c', changesFiles: true },
        { instruction: 'COPY c /', changesFiles: true },
        { instruction: 'USER c', changesFiles: false },
      ],
    });
    expect(child.layers.slice(0, 1)).toEqual(parent.layers);
    expect(await blobs(at('child'))).toEqual([child.digest, child.config, child.layers[1]?.digest].sort());
    expect(child.parents).toEqual([{ layout: 'dist/parent', digest: parent.digest }]);
    const { manifest, config } = await readImage(at('child'));
    expect(manifest.layers.map(({ size }) => size)).toEqual(child.layers.map(({ size }) => size));
    expect(config.history?.map(({ created_by, empty_layer = false }) => [created_by, empty_layer])).toEqual([
      ['COPY a b /', false],
      ['RUN c', true],
      ['COPY c /', false],
      ['USER c', true],
    ]);
  });

  it('makes one layer of as many as the engine made, of what differs from the base', async () => {
    await finish({
      raw: await containersDirectory(at('raw1'), [await tarLayer({ 'usr/a': '1', 'usr/b': '2', c: '3' })]),
      output: at('parent'),
    });
    const own = [
      await tarOf({ name: 'usr/', type: 'directory', mode: 0o755 }, { name: 'usr/a', content: '1' }),
      await tarOf({ name: 'usr/new', content: 'n' }, { name: '.wh.c' }),
    ];
    const base = { layout: 'parent', path: at('parent') };
    const lower = await layersIn(at('parent'));
    const record = await finish({
      raw: await containersDirectory(at('r2'), [...lower, ...own]),
      output: at('o'),
      base,
    });
    expect(record.layers).toHaveLength(2);
    expect((await listed((await layersIn(at('o')))[0])).map(({ path }) => path)).toEqual(['.wh.c', 'usr', 'usr/new']);
  });

  it('has no layer of its own where nothing differs, and says so in its history', async () => {
    await finish({
      raw: await containersDirectory(at('raw1'), [layer]),
      output: at('parent'),
      history: [{ instruction: 'ADD a /', changesFiles: true }],
    });
    const lower = await layersIn(at('parent'));
    const record = await finish({
      raw: await containersDirectory(at('raw2'), [...lower, ...lower]),
      output: at('out'),
      base: { layout: 'parent', path: at('parent') },
      history: [{ instruction: 'COPY a /', changesFiles: true }],
    });
    expect(record.layers).toHaveLength(1);
    expect((await readImage(at('out'))).config.history).toMatchObject([
      { created_by: 'ADD a /' },
      { created_by: 'COPY a /', empty_layer: true },
    ]);
  });

  it('refuses an export that is built on something else', async () => {
    await finish({ raw: await containersDirectory(at('r1'), [layer]), output: at('parent') });
    const raw = await containersDirectory(at('r2'), [await tarLayer({ b: '2' })]);
    const error = await failure(finish({ raw, output: at('out'), base: { layout: 'parent', path: at('parent') } }));
    expect(error.message).toContain("isn't built on parent");
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

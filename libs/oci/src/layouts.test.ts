import { chmod, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { blobPath } from './digest.ts';
import { blobs, containersDirectory, contents, failure, finish, layersIn, scratch, tarLayer } from './fixture.ts';
import { joinIndex } from './join.ts';
import { materialize } from './materialize.ts';
import { readImage, readIndex, readIndexJson } from './read.ts';
import { layoutTar } from './tar.ts';
import { MEDIA_TYPES } from './types.ts';
import type { Digest, ImageRecord } from './types.ts';
import { verifyLayout } from './verify.ts';

const at = scratch();

/** A parent and a thin child of it, as `<name>-parent` and `<name>-child`. */
async function family(
  name: string,
  platform = 'linux/amd64',
): Promise<{ parent: ImageRecord; child: ImageRecord; layouts: string[] }> {
  const [os, architecture, variant] = platform.split('/');
  const over = { os, architecture, variant };
  const base = await tarLayer({ base: name });
  const own = await tarLayer({ own: name });
  const [parentLayout, childLayout] = [at(`${name}-parent`), at(`${name}-child`)];
  const raw = async (suffix: string, layers: Buffer[]) =>
    await containersDirectory(at(`raw-${name}-${suffix}`), layers, over);
  const parent = await finish({ raw: await raw('p', [base]), output: parentLayout, platform });
  const child = await finish({
    raw: await raw('c', [...(await layersIn(parentLayout)), own]),
    output: childLayout,
    platform,
    base: { layout: 'parent', path: parentLayout },
  });
  return { parent, child, layouts: [childLayout, parentLayout] };
}

function layerOf(record: ImageRecord, index: number): { digest: Digest; size: number } {
  const layer = record.layers[index];
  if (layer === undefined) throw new Error(`no layer ${String(index)}`);
  return layer;
}

describe('materialize', () => {
  it('makes a full layout with hard links and the same index.json', async () => {
    const { child, layouts } = await family('a');
    await materialize({ layout: at('a-child'), parents: layouts, output: at('full') });
    expect(await blobs(at('full'))).toEqual(
      [child.digest, child.config, ...child.layers.map(({ digest }) => digest)].sort(),
    );
    const base = layerOf(child, 0);
    expect((await stat(blobPath(at('full'), base.digest))).ino).toBe(
      (await stat(blobPath(at('a-parent'), base.digest))).ino,
    );
    expect(await readFile(at('full/index.json'))).toEqual(await readFile(at('a-child/index.json')));
    await verifyLayout({ layout: at('full'), parents: [] });
  });

  it('gives a folder that is handed out files of its own', async () => {
    const { child, layouts } = await family('a');
    await materialize({ layout: at('a-child'), parents: layouts, output: at('full'), own: true });
    const { digest } = layerOf(child, 0);
    await chmod(blobPath(at('full'), digest), 0o644);
    await writeFile(blobPath(at('full'), digest), 'changed');
    await verifyLayout({ layout: at('a-child'), parents: layouts });
  });

  it('names the layouts that were searched when a blob is missing', async () => {
    const { child } = await family('a');
    await family('b');
    const before = await readdir(at('.'));
    const error = await failure(
      materialize({ layout: at('a-child'), parents: [at('b-parent'), at('b-child')], output: at('full') }),
    );
    expect(error.message).toContain(layerOf(child, 0).digest);
    for (const layout of ['a-child', 'b-parent', 'b-child']) expect(error.found).toContain(at(layout));
    expect(await readdir(at('.'))).toEqual(before);
  });

  it('refuses a corrupted blob of a parent, naming its file, and leaves no output', async () => {
    const { child, layouts } = await family('a');
    const base = layerOf(child, 0);
    const file = blobPath(at('a-parent'), base.digest);
    const bytes = await readFile(file);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    await chmod(file, 0o644);
    await writeFile(file, bytes);
    const before = await readdir(at('.'));
    const error = await failure(materialize({ layout: at('a-child'), parents: layouts, output: at('full') }));
    expect(error).toMatchObject({ file, expected: base.digest });
    expect(error.found).toMatch(/^sha256:/);
    expect(await readdir(at('.'))).toEqual(before);
  });
});

describe('verifyLayout', () => {
  it('takes a thin layout with its parents', async () => {
    const { layouts } = await family('a');
    await verifyLayout({ layout: at('a-child'), parents: layouts });
  });

  it('refuses a truncated blob with both sizes', async () => {
    const { child, layouts } = await family('a');
    const own = layerOf(child, 1);
    const file = blobPath(at('a-child'), own.digest);
    await truncate(file, own.size - 1);
    const error = await failure(verifyLayout({ layout: at('a-child'), parents: layouts }));
    expect(error).toMatchObject({
      file,
      expected: `${String(own.size)} bytes`,
      found: `${String(own.size - 1)} bytes`,
    });
    expect(error.hint).toContain('build it again');
  });

  it('refuses a corrupted manifest and a corrupted configuration', async () => {
    for (const key of ['digest', 'config'] as const) {
      const { child, layouts } = await family(key);
      const file = blobPath(at(`${key}-child`), child[key]);
      await writeFile(file, (await readFile(file, 'utf8')).replace('2', '3'));
      expect(await failure(verifyLayout({ layout: at(`${key}-child`), parents: layouts }))).toMatchObject({
        file,
        expected: child[key],
      });
    }
  });

  it('refuses a folder that is no layout, an absent one, and one of another version', async () => {
    await family('a');
    await writeFile(at('a-child/oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
    expect((await failure(verifyLayout({ layout: at('a-child'), parents: [] }))).found).toContain('2.0.0');
    await rm(at('a-child/oci-layout'));
    expect((await failure(verifyLayout({ layout: at('a-child'), parents: [] }))).message).toContain('no oci-layout');
    expect((await failure(verifyLayout({ layout: at('absent'), parents: [] }))).message).toContain('no oci-layout');
  });
});

describe('joinIndex', () => {
  it('sorts by platform, names the variant and holds nothing but the index', async () => {
    const v7 = await family('v7', 'linux/arm/v7');
    const arm64 = await family('arm64', 'linux/arm64');
    const amd64 = await family('amd64', 'linux/amd64');
    const images = [
      { platform: 'linux/arm64', layout: at('arm64-child') },
      { platform: 'linux/arm/v7', layout: at('v7-child') },
      { platform: 'linux/amd64', layout: at('amd64-child') },
    ];
    const name = { repository: 'docker.io/team/x', tag: '1' };
    const result = await joinIndex({ images, output: at('index'), annotations: { b: '2', a: '1' }, name });

    const { index, descriptor } = await readIndex(at('index'));
    expect(descriptor).toMatchObject({
      digest: result.digest,
      annotations: {
        'io.containerd.image.name': 'docker.io/team/x:1',
        'org.opencontainers.image.ref.name': '1',
      },
    });
    expect(index.mediaType).toBe(MEDIA_TYPES.index);
    expect(JSON.stringify(index.annotations)).toBe('{"a":"1","b":"2"}');
    expect(index.manifests).toEqual(result.manifests);
    expect(index.manifests.map(({ digest, platform }) => ({ digest, platform }))).toEqual([
      { digest: amd64.child.digest, platform: { os: 'linux', architecture: 'amd64' } },
      { digest: v7.child.digest, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } },
      { digest: arm64.child.digest, platform: { os: 'linux', architecture: 'arm64' } },
    ]);
    expect(await blobs(at('index'))).toEqual([result.digest]);

    await joinIndex({
      images: images.toReversed(),
      output: at('again'),
      annotations: { a: '1', b: '2' },
      name,
    });
    expect(await contents(at('again'))).toEqual(await contents(at('index')));

    const parents = [...v7.layouts, ...arm64.layouts, ...amd64.layouts];
    await materialize({ layout: at('index'), parents, output: at('full') });
    await verifyLayout({ layout: at('full'), parents: [] });
    expect(await blobs(at('full'))).toHaveLength(1 + 3 * 4);
  });

  it('refuses a layout of another platform than claimed', async () => {
    const { child } = await family('arm64', 'linux/arm64');
    const images = [{ platform: 'linux/amd64', layout: at('arm64-child') }];
    expect(await failure(joinIndex({ images, output: at('index'), annotations: {} }))).toMatchObject({
      file: blobPath(at('arm64-child'), child.config),
      expected: 'linux/amd64',
      found: 'linux/arm64',
    });
    await expect(stat(at('index'))).rejects.toThrow('ENOENT');
  });

  it('refuses a platform that comes twice, also under its other name', async () => {
    await family('one', 'linux/arm64');
    await family('two', 'linux/arm64');
    const images = [
      { platform: 'linux/arm64', layout: at('one-child') },
      { platform: 'linux/arm64/v8', layout: at('two-child') },
    ];
    const error = await failure(joinIndex({ images, output: at('index'), annotations: {} }));
    expect(error.message).toContain('linux/arm64 comes twice');
    expect(error.found).toContain(at('one-child'));
  });

  it('refuses an empty list, a malformed platform and a corrupted manifest', async () => {
    const { child } = await family('a');
    const join = async (platform: string) =>
      await failure(joinIndex({ images: [{ platform, layout: at('a-child') }], output: at('index'), annotations: {} }));
    expect((await failure(joinIndex({ images: [], output: at('index'), annotations: {} }))).message).toContain(
      'at least one image',
    );
    expect((await join('linux')).found).toBe('"linux"');
    await truncate(blobPath(at('a-child'), child.digest), 10);
    expect((await join('linux/amd64')).found).toBe('10 bytes');
  });

  it('gives an index that readImage refuses, and readIndex refuses an image', async () => {
    await family('a');
    await joinIndex({
      images: [{ platform: 'linux/amd64', layout: at('a-child') }],
      output: at('index'),
      annotations: {},
    });
    expect((await failure(readImage(at('index')))).found).toBe(MEDIA_TYPES.index);
    expect((await failure(readIndex(at('a-child')))).found).toBe(MEDIA_TYPES.manifest);
    expect((await readIndexJson(at('index'))).manifests).toHaveLength(1);
  });
});

describe('layoutTar', () => {
  async function entries(layout: string): Promise<Map<string, Buffer>> {
    const untar = extract();
    const result = new Map<string, Buffer>();
    untar.on('entry', (header, stream, next) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk) => chunks.push(chunk as Buffer));
      stream.on('end', () => {
        result.set(header.name, Buffer.concat(chunks));
        next();
      });
    });
    for await (const chunk of (await layoutTar(layout)) as AsyncIterable<Buffer>) untar.write(chunk);
    untar.end(null);
    await once(untar, 'finish');
    return result;
  }

  it('holds the whole layout', async () => {
    const { layouts } = await family('a');
    await materialize({ layout: at('a-child'), parents: layouts, output: at('full') });
    const files = await entries(at('full'));
    for (const [name, content] of await contents(at('full'))) expect(files.get(name)?.toString('latin1')).toBe(content);
    expect([...files.keys()].filter((name) => !name.endsWith('/'))).toHaveLength((await contents(at('full'))).size);
  });

  it('refuses a thin layout before the first byte', async () => {
    await family('a');
    expect((await failure(layoutTar(at('a-child')))).message).toContain('is missing');
  });

  it('fails instead of ending when a blob is corrupted', async () => {
    const { child, layouts } = await family('a');
    await materialize({ layout: at('a-child'), parents: layouts, output: at('full') });
    const file = blobPath(at('full'), layerOf(child, 1).digest);
    const bytes = await readFile(file);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const error = await failure(entries(at('full')));
    expect(error.file).toBe(file);
  });

  it('stops without an error of its own when the reader goes away', async () => {
    const { layouts } = await family('a');
    await materialize({ layout: at('a-child'), parents: layouts, output: at('full') });
    const stream = await layoutTar(at('full'));
    for await (const chunk of stream) {
      expect(chunk).toBeDefined();
      break;
    }
    expect(stream.destroyed).toBe(true);
  });
});

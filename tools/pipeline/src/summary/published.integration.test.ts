import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { outputPaths, testPaths } from '@dockyard/project';
import { exec } from '@dockyard/exec';
import { type FaultyProxy, type Registry, registryIsTested, startFaultyProxy, startRegistry } from '@dockyard/lab';
import {
  type Descriptor,
  finishImage,
  readBase,
  readImage,
  type ImageRecord,
  joinIndex,
  materialize,
  MEDIA_TYPES,
} from '@dockyard/oci';
import { comparePublished, publishedImages } from '@dockyard/publish';
import { Client, parseRepository, publish } from '@dockyard/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderDetails } from './details.ts';
import { testOutcomes } from './tests.ts';

const tested = await registryIsTested();
const PLATFORM = 'linux/amd64';
const IMAGES = [{ project: 'boat', platforms: [PLATFORM, 'linux/arm64'] }];
const CAUSES = IMAGES.map((image) => ({ ...image, changes: [], parents: [] }));
const DEFINITION = `image: boat
description: A boat
version: '1.0'
licenses: MIT
homepage: https://example.org
platforms: [linux/amd64, linux/arm64]
tags: ['{version}']
`;

/** Of the parent, and so of what is published first; a build on it takes its layer as it is. */
const EPOCH = 1_700_000_000;

type Tree = Readonly<Record<string, string>>;

describe.skipIf(!tested)('a built image against the published one', () => {
  let dir: string;
  let registry: Registry;
  let proxy: FaultyProxy;
  let client: Client;
  let count = 0;
  let record: ImageRecord;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'summary-'));
    registry = await startRegistry();
    proxy = await startFaultyProxy(registry.host);
    client = new Client({ patience: { attempts: 2, backOffMs: 10, mostWaitMs: 50 } });
    await write('images/boat/image.yaml', DEFINITION);
    await write('images/boat/Dockerfile', 'FROM scratch\nCOPY files/ /\nUSER 65532\n');
    const base = [{ 'etc/release': '1', 'usr/share/old': 'old', 'usr/share/kept': 'kept' }];
    await build('base', base, EPOCH);
    await build('boat', [{ app: '1', gone: 'gone', same: 'same' }], EPOCH);
    const layout = join(dir, outputPaths('boat', PLATFORM, 'image').layout);
    const parents = [layout, join(dir, outputPaths('base', PLATFORM, 'image').layout)];
    await joinIndex({ images: [{ platform: PLATFORM, layout }], output: join(dir, 'index'), annotations: {} });
    await materialize({ layout: join(dir, 'index'), parents, output: join(dir, 'full') });
    const publication = { project: 'boat', image: 'boat', version: '1.0', tags: ['1.0'], commit: 'a'.repeat(40) };
    const report = (): void => undefined;
    await publish(
      { ...publication, layout: join(dir, 'full'), parents: [] },
      { client, prefix: prefix(), report, isAncestor: () => Promise.resolve(true) },
    );
    await rm(layout, { recursive: true });
    const second = { app: '2', same: 'same', new: 'new', 'usr/share/.wh.old': '' };
    record = await build('boat', [second, { 'opt/more': 'more' }], EPOCH + 1000);
  });
  afterAll(async () => {
    await client.close();
    await proxy.stop();
    await registry.stop();
    await rm(dir, { recursive: true });
  });

  const prefix = () => parseRepository(`${proxy.host}/group`);
  async function write(path: string, content: string | Buffer): Promise<void> {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
  }

  /** Leaves what the build of an image leaves, from layers with these files; that of `base` is the base of others. */
  async function build(project: string, layers: readonly Tree[], epoch: number): Promise<ImageRecord> {
    count += 1;
    const raw = `raw-${String(count)}`;
    const add = async (mediaType: string, content: Buffer): Promise<Descriptor> => {
      const hex = createHash('sha256').update(content).digest('hex');
      await write(`${raw}/${hex}`, content);
      return { mediaType, digest: `sha256:${hex}`, size: content.length };
    };
    const base = outputPaths('base', PLATFORM, 'image').layout;
    const below = project === 'base' ? undefined : await readImage(join(dir, base));
    const descriptors: Descriptor[] = [];
    // An engine hands back the base's layers as it was given them.
    for (const { digest } of below?.manifest.layers ?? [])
      descriptors.push(
        await add(
          MEDIA_TYPES.dockerLayer,
          gunzipSync(await readFile(join(dir, base, 'blobs', digest.replace(':', '/')))),
        ),
      );
    for (const [at, tree] of layers.entries()) {
      for (const [path, text] of Object.entries(tree)) await write(`${raw}-${String(at)}/${path}`, text);
      const tar = join(dir, `${raw}-${String(at)}.tar`);
      const fixed = ['--sort=name', `--mtime=@${String(EPOCH)}`, '--owner=0', '--group=0', '--numeric-owner'];
      await exec({
        command: 'tar',
        args: ['--create', ...fixed, '--file', tar, '--directory', join(dir, `${raw}-${String(at)}`), '.'],
      });
      descriptors.push(await add(MEDIA_TYPES.dockerLayer, await readFile(tar)));
    }
    const rootfs = { type: 'layers', diff_ids: descriptors.map(({ digest }) => digest) };
    const config = await add(
      MEDIA_TYPES.dockerConfig,
      Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', config: {}, rootfs })),
    );
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.dockerManifest, config, layers: descriptors };
    await write(`${raw}/manifest.json`, JSON.stringify(manifest));
    await write(`${raw}/version`, 'Directory Transport Version: 1.1\n');
    const paths = outputPaths(project, PLATFORM, 'image');
    await mkdir(dirname(join(dir, paths.layout)), { recursive: true });
    const finished = await finishImage({
      ...{ raw: join(dir, raw), output: join(dir, paths.layout), platform: PLATFORM, project, kind: 'image', epoch },
      ...(below !== undefined && {
        base: await readBase({ layout: base, path: join(dir, base), digest: below.descriptor.digest }),
      }),
      ...{ annotations: {}, labels: {}, history: [], hardLinks: true, volumes: [], onWarning: () => undefined },
    });
    await write(paths.record, JSON.stringify(finished));
    return finished;
  }

  async function note(limits?: { image: number; all: number }): Promise<string> {
    const published = await publishedImages(dir, new Map([['boat', 'images/boat']]), { client, prefix: prefix() });
    const compared = await comparePublished(dir, IMAGES, published, {
      client,
      report: () => undefined,
      ...(limits !== undefined && { limits }),
    });
    const tests = await testOutcomes(dir, IMAGES);
    return renderDetails({ causes: CAUSES, tests, compared }, (bytes) => `${String(bytes)} B`);
  }

  it('is told by layers, files and tests', async () => {
    const paths = testPaths('boat', PLATFORM);
    await write(paths.record, JSON.stringify({ schemaVersion: 1, digest: record.digest, files: ['x.test.ts'] }));
    await write(paths.report, await readFile(join(import.meta.dirname, '../testing/junit.xml')));
    proxy.reset([]);
    const text = await note();
    expect(text).toMatch(
      /\*\*boat\*\* \| `linux\/amd64` \| 5 passed \| 1 of 2 kept, 1 changed, \d+ B to pull \| 2 added, 2 removed, 1 changed \|/,
    );
    expect(text).toContain('2 added:\n\n- `new`\n- `opt/more`\n\n');
    expect(text).toContain('2 removed:\n\n- `gone`\n- `usr/share/old`\n\n');
    expect(text).toContain('1 changed:\n\n- `app`\n');
    // The layer that both have is the parent's, and lies here.
    expect(proxy.seen.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'))).toHaveLength(1);
  });

  it('is told without the files where the layers are too large to fetch', async () => {
    proxy.reset([]);
    expect(await note({ image: 10, all: 1000 })).toMatch(
      /to pull \| not compared: The published layers that differ have/,
    );
    expect(await note({ image: 1000, all: 10 })).toMatch(/to pull \| not compared: With the published layers of this/);
    expect(proxy.seen.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'))).toEqual([]);
  });

  it('is told without the files where the registry fails meanwhile', async () => {
    proxy.reset([{ method: 'GET', path: /\/blobs\//, fault: { kind: 'answer', status: 500 }, times: 9 }]);
    expect(await note()).toMatch(/1 of 2 kept.* \| not compared: GET blob sha256:\w+ of .*HTTP status 500/);
  });
});

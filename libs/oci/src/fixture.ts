import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { afterEach, beforeEach, expect } from 'vitest';
import { blobPath, digestHex, digestOf } from './digest.ts';
import { LayoutError } from './errors.ts';
import { finishImage, readBase } from './finish.ts';
import type { BaseLayout, FinishImageOptions } from './finish.ts';
import { writeIndexJson, writeJsonBlob } from './output.ts';
import { readImage } from './read.ts';
import { MEDIA_TYPES } from './types.ts';
import type { Descriptor, Digest, ImageRecord } from './types.ts';

/** 2023-11-14T22:13:20Z */
export const EPOCH = 1_700_000_000;

/** A fresh folder for each test of the file; the function gives a path in it. */
export function scratch(): (name: string) => string {
  let directory = '';
  beforeEach(async () => {
    // Podman names what it pulls after the folder, and takes no capital letter in a name.
    directory = path.join(tmpdir(), `dockyard-oci-${randomUUID()}`);
    await mkdir(directory);
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });
  return (name) => path.join(directory, name);
}

/** An entry of a tar, with the content of a file. */
export type TarEntry = Partial<Header> & Pick<Header, 'name'> & { readonly content?: string | Buffer };

/** An uncompressed layer with the given files. */
export function tarLayer(files: Readonly<Record<string, string>>): Promise<Buffer> {
  return tarOf(...Object.entries(files).map(([name, content]) => ({ name, content })));
}

/** An uncompressed layer with the given entries; their time is {@link EPOCH} unless they say another. */
export async function tarOf(...entries: readonly TarEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) {
    tar.entry({ mtime: new Date(EPOCH * 1000), ...header }, content);
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A configuration as engines write it: with fields that are docker's own, empty values and times of the build. */
export function engineConfig(layers: readonly Buffer[], over: Readonly<Record<string, unknown>> = {}): object {
  return {
    created: '2026-01-02T03:04:05.678Z',
    container: '51bbb2e0a403',
    parent: 'sha256:5a5b',
    architecture: 'amd64',
    os: 'linux',
    docker_version: '28.2',
    config: {
      Hostname: '13d71dd39664',
      User: '10:10',
      Env: ['PATH=/bin'],
      Cmd: ['/x'],
      Entrypoint: [],
      OnBuild: [],
      Labels: { b: 'engine', 'io.buildah.version': '1.28.2' },
      StopSignal: 'SIGQUIT',
      Healthcheck: { Test: ['CMD', '/hc'], Interval: 5_000_000_000, Retries: 0 },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(digestOf) },
    history: layers.map((_, at) => ({
      created: '2026-01-02T03:04:05Z',
      created_by: `COPY ${String(at)}`,
      comment: 'FROM f1d077c545e5',
    })),
    ...over,
  };
}

/** A containers `dir:` folder as `podman save --format docker-dir` writes it. */
export async function containersDirectory(
  directory: string,
  layers: readonly Buffer[],
  over: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const add = async (mediaType: string, data: Buffer): Promise<Descriptor> => {
    const digest = digestOf(data);
    await writeFile(path.join(directory, digestHex(digest)), data);
    return { mediaType, size: data.length, digest };
  };
  const config = await add(MEDIA_TYPES.dockerConfig, Buffer.from(JSON.stringify(engineConfig(layers, over))));
  const descriptors: Descriptor[] = [];
  for (const layer of layers) descriptors.push(await add(MEDIA_TYPES.dockerLayer, layer));
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.dockerManifest, config, layers: descriptors };
  await writeFile(path.join(directory, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(path.join(directory, 'version'), 'Directory Transport Version: 1.1\n');
  return directory;
}

/** An OCI layout as BuildKit writes it: gzipped layers, and an index with an attestation beside the manifest. */
export async function buildkitLayout(
  directory: string,
  layers: readonly Buffer[],
  o: { compress?: (layer: Buffer) => Buffer; layerType?: string; images?: number } = {},
): Promise<string> {
  await mkdir(path.join(directory, 'blobs', 'sha256'), { recursive: true });
  const add = async (mediaType: string, data: Buffer | object): Promise<Descriptor> => {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.from(JSON.stringify(data));
    const digest = digestOf(bytes);
    await writeFile(blobPath(directory, digest), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  const compress = o.compress ?? ((layer) => gzipSync(layer, { level: 9 }));
  const descriptors: Descriptor[] = [];
  for (const layer of layers) descriptors.push(await add(o.layerType ?? MEDIA_TYPES.layerGzip, compress(layer)));
  const manifests: Descriptor[] = [];
  for (let at = 0; at < (o.images ?? 1); at += 1) {
    const config = await add(MEDIA_TYPES.config, engineConfig(layers, { author: `author ${String(at)}` }));
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config, layers: descriptors };
    manifests.push({
      ...(await add(MEDIA_TYPES.manifest, manifest)),
      platform: { os: 'linux', architecture: 'amd64' },
    });
  }
  const attestation = await add(MEDIA_TYPES.manifest, { schemaVersion: 2, note: 'no image' });
  manifests.push({
    ...attestation,
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    platform: { os: 'unknown', architecture: 'unknown' },
  });
  const index = await add(MEDIA_TYPES.index, { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests });
  await writeFile(path.join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
  await writeFile(path.join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return directory;
}

/** A layout of one image whose layers are the given bytes, in a form that is none of ours. */
export async function plainLayout(directory: string, layers: readonly Buffer[]): Promise<string> {
  await mkdir(path.join(directory, 'blobs', 'sha256'), { recursive: true });
  await writeFile(path.join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const descriptors = layers.map((layer) => ({
    mediaType: MEDIA_TYPES.layer,
    digest: digestOf(layer),
    size: layer.length,
  }));
  for (const [at, { digest }] of descriptors.entries()) await writeFile(blobPath(directory, digest), layers[at] ?? '');
  const config = await writeJsonBlob(directory, MEDIA_TYPES.config, engineConfig(layers));
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config, layers: descriptors };
  await writeIndexJson(directory, await writeJsonBlob(directory, MEDIA_TYPES.manifest, manifest));
  return directory;
}

/** {@link finishImage} with everything filled in that a test doesn't care about. */
export async function finish({
  base,
  ...o
}: Pick<FinishImageOptions, 'raw' | 'output'> &
  Partial<Omit<FinishImageOptions, 'base'>> & {
    base?: Omit<BaseLayout, 'digest'>;
  }): Promise<ImageRecord> {
  return await finishImage({
    platform: 'linux/amd64',
    annotations: {},
    labels: {},
    epoch: EPOCH,
    history: [],
    hardLinks: true,
    volumes: [],
    onWarning: () => undefined,
    project: 'p',
    kind: 'image',
    ...(base !== undefined && {
      base: await readBase({ ...base, digest: (await readImage(base.path)).descriptor.digest }),
    }),
    ...o,
  });
}

/** The layers that a finished layout holds itself, uncompressed: what an engine hands back of an image that it was given. */
export async function layersIn(layout: string): Promise<Buffer[]> {
  const { manifest } = await readImage(layout);
  const own = manifest.layers.filter(({ digest }) => existsSync(blobPath(layout, digest)));
  return await Promise.all(own.map(async ({ digest }) => gunzipSync(await readFile(blobPath(layout, digest)))));
}

/** Compresses the layers that lie in a finished layout by zstd, as another tool may have done. */
export async function compressByZstd(layout: string): Promise<void> {
  const { manifest, descriptor } = await readImage(layout);
  const kept = await blobs(layout);
  const layers: Descriptor[] = [];
  for (const layer of manifest.layers) {
    if (!kept.includes(layer.digest)) {
      layers.push(layer);
      continue;
    }
    const file = blobPath(layout, layer.digest);
    const bytes = zstdCompressSync(gunzipSync(await readFile(file)));
    layers.push({ mediaType: MEDIA_TYPES.layerZstd, digest: digestOf(bytes), size: bytes.length });
    await rm(file);
    await writeFile(blobPath(layout, digestOf(bytes)), bytes);
  }
  await rm(blobPath(layout, descriptor.digest));
  const { digest, size } = await writeJsonBlob(layout, MEDIA_TYPES.manifest, { ...manifest, layers });
  await writeIndexJson(layout, { ...descriptor, digest, size });
}

/** Digests of the blobs that lie in a layout's folder, in order. */
export async function blobs(layout: string): Promise<Digest[]> {
  const names = await readdir(path.join(layout, 'blobs', 'sha256'));
  return names.sort().map((name): Digest => `sha256:${name}`);
}

/** All files of a layout with their content, to compare two layouts. */
export async function contents(layout: string): Promise<Map<string, string>> {
  const names = (await readdir(layout, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const result = new Map<string, string>();
  for (const name of names) result.set(path.relative(layout, name), await readFile(name, 'latin1'));
  return result;
}

/** The LayoutError that a promise must fail with. */
export async function failure(promise: Promise<unknown>): Promise<LayoutError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LayoutError);
  return error as LayoutError;
}

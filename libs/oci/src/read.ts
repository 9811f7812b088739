import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readJsonBlob, parseJson } from './blob.ts';
import { parseConfig } from './config.ts';
import { blobPath } from './digest.ts';
import { errorCode, LayoutError } from './errors.ts';
import { parseIndex, parseManifest } from './parse.ts';
import { MEDIA_TYPES } from './types.ts';
import type { Descriptor, ImageConfig, ImageIndex, ImageManifest } from './types.ts';

/** One image of a layout: its manifest, its configuration, and the entry of index.json that leads to it. */
export interface LayoutImage {
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  readonly descriptor: Descriptor;
}

/** Whether a media type is that of an image index. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.index || mediaType === MEDIA_TYPES.dockerManifestList;
}

/** Whether a media type is that of an image manifest. */
export function isManifestType(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.manifest || mediaType === MEDIA_TYPES.dockerManifest;
}

/**
 * The index.json of a layout.
 *
 * @param layout folder of an OCI image layout, thin or full
 * @throws LayoutError when the folder is no layout of version 1.0.0 or index.json is malformed
 */
export async function readIndexJson(layout: string): Promise<ImageIndex> {
  const marker = path.join(layout, 'oci-layout');
  const version = parseJson(marker, await readText(layout, marker));
  const found =
    typeof version === 'object' && version !== null && 'imageLayoutVersion' in version ? version : undefined;
  if (found?.imageLayoutVersion !== '1.0.0') {
    throw new LayoutError(marker, 'the layout has another version', {
      expected: '{"imageLayoutVersion":"1.0.0"}',
      found: JSON.stringify(version),
    });
  }
  const file = path.join(layout, 'index.json');
  return parseIndex(file, parseJson(file, await readText(layout, file)));
}

/**
 * The one image of a layout that Dockyard made. Manifest and configuration are verified; layers aren't read, so the
 * layout may be thin.
 *
 * @param layout folder of the layout
 * @throws LayoutError when it is no layout, holds other than one image manifest, or a document is missing or corrupted
 */
export async function readImage(layout: string): Promise<LayoutImage> {
  const descriptor = await onlyEntry(layout);
  if (!isManifestType(descriptor.mediaType)) {
    throw new LayoutError(path.join(layout, 'index.json'), 'the layout is not that of one image', {
      expected: MEDIA_TYPES.manifest,
      found: descriptor.mediaType,
    });
  }
  return { descriptor, ...(await readManifest(blobPath(layout, descriptor.digest), layout, descriptor)) };
}

/**
 * The image index of a layout that {@link joinIndex} made.
 *
 * @param layout folder of the layout
 * @throws LayoutError when it is no layout, holds other than one image index, or the index is missing or corrupted
 */
export async function readIndex(layout: string): Promise<{ index: ImageIndex; descriptor: Descriptor }> {
  const descriptor = await onlyEntry(layout);
  if (!isIndexType(descriptor.mediaType)) {
    throw new LayoutError(path.join(layout, 'index.json'), 'the layout is not that of an index', {
      expected: MEDIA_TYPES.index,
      found: descriptor.mediaType,
    });
  }
  const file = blobPath(layout, descriptor.digest);
  return { index: parseIndex(file, await readJsonBlob(file, descriptor)), descriptor };
}

async function onlyEntry(layout: string): Promise<Descriptor> {
  const { manifests } = await readIndexJson(layout);
  const [entry] = manifests;
  if (entry === undefined || manifests.length > 1) {
    throw new LayoutError(path.join(layout, 'index.json'), 'the layout holds other than one image', {
      expected: '1 entry',
      found: `${String(manifests.length)} entries`,
    });
  }
  return entry;
}

async function readManifest(
  file: string,
  layout: string,
  descriptor: Descriptor,
): Promise<{ manifest: ImageManifest; config: ImageConfig }> {
  const manifest = parseManifest(file, await readJsonBlob(file, descriptor));
  const configFile = blobPath(layout, manifest.config.digest);
  const config = parseConfig(configFile, await readJsonBlob(configFile, manifest.config));
  if (config.rootfs.diff_ids.length !== manifest.layers.length) {
    throw new LayoutError(configFile, 'the configuration and the manifest disagree', {
      expected: `${String(manifest.layers.length)} layers, as in ${file}`,
      found: `${String(config.rootfs.diff_ids.length)} entries in rootfs.diff_ids`,
    });
  }
  return { manifest, config };
}

async function readText(layout: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error;
    throw new LayoutError(layout, `the folder is not an OCI image layout: it has no ${path.basename(file)}`, {
      hint: 'build the image that this layout belongs to',
      cause: error,
    });
  }
}

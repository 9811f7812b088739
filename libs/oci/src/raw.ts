import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parseJson, readJsonBlob } from './blob.ts';
import { blobPath, digestHex } from './digest.ts';
import { errorCode, LayoutError } from './errors.ts';
import { parseIndex, parseManifest } from './parse.ts';
import { isIndexType, isManifestType, readIndexJson } from './read.ts';
import { MEDIA_TYPES } from './types.ts';
import type { Descriptor, Digest, ImageManifest } from './types.ts';

/** What an engine exported: one image, with OCI media types whatever the engine called them. */
export interface RawImage {
  readonly manifestFile: string;
  readonly manifest: ImageManifest;
  readonly configFile: string;
  /** the configuration as the engine wrote it, verified but not interpreted */
  readonly config: unknown;
  /** where a blob of the image lies */
  file(digest: Digest): string;
}

const LAYER_TYPES: Readonly<Record<string, string>> = {
  [MEDIA_TYPES.layer]: MEDIA_TYPES.layer,
  [MEDIA_TYPES.layerGzip]: MEDIA_TYPES.layerGzip,
  [MEDIA_TYPES.layerZstd]: MEDIA_TYPES.layerZstd,
  [MEDIA_TYPES.dockerLayer]: MEDIA_TYPES.layer,
  [MEDIA_TYPES.dockerLayerGzip]: MEDIA_TYPES.layerGzip,
  [MEDIA_TYPES.dockerLayerZstd]: MEDIA_TYPES.layerZstd,
};

/**
 * Opens an engine's export: an OCI image layout (BuildKit, `--output type=oci,tar=false`), perhaps with an index and
 * attestations, or a containers `dir:` folder (`podman save --format docker-dir`).
 *
 * @param directory the export
 * @throws LayoutError when it is neither, holds other than one image, or a document in it is missing or corrupted
 */
export async function openRaw(directory: string): Promise<RawImage> {
  if (existsSync(path.join(directory, 'oci-layout'))) return await openLayout(directory);
  if (existsSync(path.join(directory, 'version'))) return await openContainersDirectory(directory);
  throw new LayoutError(directory, 'the engine exported nothing that Dockyard knows', {
    expected: 'an OCI image layout (oci-layout, index.json, blobs/) or a dir: folder (version, manifest.json)',
    found: 'neither an oci-layout nor a version file',
  });
}

async function openLayout(directory: string): Promise<RawImage> {
  const file = (digest: Digest): string => blobPath(directory, digest);
  const descriptor = await onlyImage(
    directory,
    path.join(directory, 'index.json'),
    (await readIndexJson(directory)).manifests,
  );
  const manifestFile = file(descriptor.digest);
  return await rawImage(manifestFile, await readJsonBlob(manifestFile, descriptor), file);
}

async function openContainersDirectory(directory: string): Promise<RawImage> {
  const manifestFile = path.join(directory, 'manifest.json');
  let text: string;
  try {
    text = await readFile(manifestFile, 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new LayoutError(manifestFile, 'the export has no manifest', { cause: error });
  }
  return await rawImage(manifestFile, parseJson(manifestFile, text), (digest) =>
    path.join(directory, digestHex(digest)),
  );
}

async function rawImage(manifestFile: string, document: unknown, file: RawImage['file']): Promise<RawImage> {
  const manifest = parseManifest(manifestFile, document);
  const configFile = file(manifest.config.digest);
  const layers = manifest.layers.map(({ mediaType, digest, size }) => {
    const known = LAYER_TYPES[mediaType];
    if (known !== undefined) return { mediaType: known, digest, size };
    throw new LayoutError(manifestFile, `layer ${digest} has a media type that Dockyard doesn't take`, {
      expected: Object.keys(LAYER_TYPES).join(', '),
      found: mediaType,
    });
  });
  return {
    manifestFile,
    manifest: { ...manifest, layers },
    configFile,
    config: await readJsonBlob(configFile, manifest.config),
    file,
  };
}

async function onlyImage(layout: string, file: string, entries: readonly Descriptor[]): Promise<Descriptor> {
  const images = entries.filter((entry) => !isAttestation(entry));
  const [image] = images;
  if (image === undefined || images.length > 1) {
    throw new LayoutError(file, 'the export holds other than one image', {
      expected: '1 image beside attestations',
      found: `${String(images.length)} images: ${images.map(({ digest }) => digest).join(', ')}`,
      hint: 'build one platform at a time',
    });
  }
  if (isManifestType(image.mediaType)) return image;
  if (!isIndexType(image.mediaType)) {
    throw new LayoutError(file, `entry ${image.digest} is neither a manifest nor an index`, { found: image.mediaType });
  }
  const nested = blobPath(layout, image.digest);
  return await onlyImage(layout, nested, parseIndex(nested, await readJsonBlob(nested, image)).manifests);
}

function isAttestation(entry: Descriptor): boolean {
  return entry.annotations?.['vnd.docker.reference.type'] !== undefined || entry.platform?.os === 'unknown';
}

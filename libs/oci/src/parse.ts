import { LayoutError } from './errors.ts';
import { isDigest } from './digest.ts';
import type { Descriptor, DescriptorPlatform, Digest, ImageIndex, ImageManifest } from './types.ts';

/** Whether the value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the value is a list of strings. */
export function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** Whether the value is an object whose values are all strings. */
export function isStringMap(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((item) => typeof item === 'string');
}

/**
 * An image manifest, OCI or docker v2s2.
 *
 * @throws LayoutError naming `file` when a field is missing or of the wrong type
 */
export function parseManifest(file: string, value: unknown): ImageManifest {
  if (!isObject(value) || value['schemaVersion'] !== 2 || !Array.isArray(value['layers'])) {
    throw new LayoutError(file, 'the file is not an image manifest', {
      expected: 'schemaVersion 2, config, layers',
      found: summary(value),
    });
  }
  return {
    schemaVersion: 2,
    mediaType: typeof value['mediaType'] === 'string' ? value['mediaType'] : '',
    config: parseDescriptor(file, 'config', value['config']),
    layers: value['layers'].map((layer, at) => parseDescriptor(file, `layers[${String(at)}]`, layer)),
    ...(isStringMap(value['annotations']) ? { annotations: value['annotations'] } : {}),
  };
}

/**
 * An image index, OCI or docker manifest list; a layout's index.json too.
 *
 * @throws LayoutError naming `file` when a field is missing or of the wrong type
 */
export function parseIndex(file: string, value: unknown): ImageIndex {
  if (!isObject(value) || value['schemaVersion'] !== 2 || !Array.isArray(value['manifests'])) {
    throw new LayoutError(file, 'the file is not an image index', {
      expected: 'schemaVersion 2, manifests',
      found: summary(value),
    });
  }
  return {
    schemaVersion: 2,
    mediaType: typeof value['mediaType'] === 'string' ? value['mediaType'] : '',
    manifests: value['manifests'].map((entry, at) => parseDescriptor(file, `manifests[${String(at)}]`, entry)),
    ...(isStringMap(value['annotations']) ? { annotations: value['annotations'] } : {}),
  };
}

/**
 * The list of uncompressed layer digests of an image configuration.
 *
 * @throws LayoutError naming `file` when `rootfs.diff_ids` isn't a list of sha256 digests
 */
export function parseDiffIds(file: string, config: Record<string, unknown>): Digest[] {
  const rootfs = config['rootfs'];
  const ids = isObject(rootfs) ? rootfs['diff_ids'] : undefined;
  // Go writes an absent list as null, and so does an image without a layer.
  if (ids === null || (ids === undefined && isObject(rootfs))) return [];
  if (!Array.isArray(ids) || !ids.every(isDigest)) {
    throw new LayoutError(file, 'rootfs.diff_ids is not a list of sha256 digests', { found: summary(ids) });
  }
  return ids;
}

function parseDescriptor(file: string, field: string, value: unknown): Descriptor {
  const { mediaType, digest, size, annotations, platform } = isObject(value) ? value : {};
  if (typeof mediaType !== 'string' || !isDigest(digest) || !Number.isSafeInteger(size) || (size as number) < 0) {
    throw new LayoutError(file, `${field} is not a descriptor`, {
      expected: 'mediaType, a sha256 digest and a size in bytes',
      found: summary(value),
    });
  }
  return {
    mediaType,
    digest,
    size: size as number,
    ...(isStringMap(annotations) ? { annotations } : {}),
    ...(isPlatform(platform) ? { platform } : {}),
  };
}

function isPlatform(value: unknown): value is DescriptorPlatform {
  return isObject(value) && typeof value['os'] === 'string' && typeof value['architecture'] === 'string';
}

function summary(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  return text === undefined ? 'nothing' : text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

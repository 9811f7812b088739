import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readJsonBlob } from './blob.ts';
import { blobPath } from './digest.ts';
import { writeIndexJson, writeJsonBlob } from './output.ts';
import { isObject } from './parse.ts';
import { readImage } from './read.ts';
import type { Digest } from './types.ts';

/** An image as a build sees it. */
export interface VolumelessImage {
  /** Of the manifest that index.json names now. */
  readonly digest: Digest;
  /** Of its configuration. */
  readonly config: Digest;
  /** What the image declares. */
  readonly volumes: readonly string[];
}

/**
 * Takes the volumes out of the configuration of an image that a build is given: Podman before 5 throws away what a RUN writes below a volume
 * of its base, BuildKit keeps it. The blobs of the image stay; index.json names another manifest.
 *
 * @param layout folder of a full layout of one image that is the build's own
 */
export async function hideVolumes(layout: string): Promise<VolumelessImage> {
  const { manifest, config, descriptor } = await readImage(layout);
  const volumes = Object.keys(config.config?.Volumes ?? {});
  if (volumes.length === 0) return { digest: descriptor.digest, config: manifest.config.digest, volumes };
  const whole = await readJsonBlob(blobPath(layout, manifest.config.digest), manifest.config);
  const settings = isObject(whole) && isObject(whole['config']) ? whole['config'] : {};
  const { Volumes: _, ...rest } = settings;
  const blob = await writeJsonBlob(layout, manifest.config.mediaType, { ...(whole as object), config: rest });
  const { digest, size } = await writeJsonBlob(layout, descriptor.mediaType, { ...manifest, config: blob });
  // A link to another layout's file would be written through.
  await rm(path.join(layout, 'index.json'));
  await writeIndexJson(layout, { ...descriptor, digest, size });
  return { digest, config: blob.digest, volumes };
}

import { normaliseConfig } from './config.ts';
import { LayoutError } from './errors.ts';
import { storeLayer, type StoredLayer } from './layers.ts';
import { createLayout, sorted, writeIndexJson, writeJsonBlob } from './output.ts';
import { sharedPrefix } from './parents.ts';
import type { ParentLayout } from './parents.ts';
import { descriptorPlatform } from './platform.ts';
import { openRaw } from './raw.ts';
import type { RawImage } from './raw.ts';
import { MEDIA_TYPES, REF_NAME } from './types.ts';
import type { Descriptor, Digest, ImageManifest, ImageRecord } from './types.ts';

/** What {@link finishImage} takes. */
export interface FinishImageOptions {
  /** the engine's export: an OCI layout, or a containers `dir:` folder (`podman save --format docker-dir`) */
  readonly raw: string;
  /** the folder to make, which must not exist */
  readonly output: string;
  /** layouts whose blobs needn't be kept again */
  readonly parents: readonly ParentLayout[];
  /** `os/architecture[/variant]` that was asked of the engine */
  readonly platform: string;
  /** for the manifest */
  readonly annotations: Readonly<Record<string, string>>;
  /** for the configuration; they replace labels of the same name */
  readonly labels: Readonly<Record<string, string>>;
  /** seconds since 1970; every time stamp of the image is set to it */
  readonly epoch: number;
  readonly revision: string;
  readonly project: string;
  readonly kind: ImageRecord['kind'];
  /** name in the layout, by which tools address the image (`oci:DIR:NAME`) */
  readonly refName?: string;
}

/**
 * Turns an engine's export into Dockyard's form: a thin OCI image layout (OCI image spec 1.1) whose bytes depend on
 * nothing but the content, the epoch, and the annotations and labels given. Layers are gzipped anew, with the epoch as
 * the time of every entry; those that the image has in common with a parent are the parent's, by descriptor, and aren't kept.
 *
 * @returns the record of the image, to be kept beside the layout
 * @throws LayoutError when the export is damaged, of another platform or no single image, when a parent can't be read,
 *   when `output` exists, or when the disk is full. `output` doesn't exist then.
 */
export async function finishImage(options: FinishImageOptions): Promise<ImageRecord> {
  const created = rfc3339(options.output, options.epoch);
  const raw = await openRaw(options.raw);
  const config = normaliseConfig(raw.configFile, raw.config, { ...options, created });
  const diffIds = config.rootfs.diff_ids;
  const pairs = pairLayers(raw, diffIds);
  const shared = await sharedPrefix(diffIds, options.parents);
  return await createLayout(options.output, async (layout) => {
    const layers: StoredLayer[] = [];
    for (const [at, { layer, diffId }] of pairs.entries()) {
      const parents = at < (shared?.layers ?? 0) ? shared?.image.manifest.layers[at] : undefined;
      layers.push(
        parents === undefined
          ? await storeLayer(raw.file(layer.digest), layer, diffId, { layout, epoch: options.epoch })
          : { mediaType: parents.mediaType, digest: parents.digest, size: parents.size, diffId },
      );
    }
    const annotations = sorted(options.annotations);
    const configDescriptor = await writeJsonBlob(layout, MEDIA_TYPES.config, {
      ...config,
      rootfs: { ...config.rootfs, diff_ids: layers.map(({ diffId }) => diffId) },
    });
    const manifest: ImageManifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.manifest,
      config: configDescriptor,
      layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
      ...(annotations === undefined ? {} : { annotations }),
    };
    const descriptor = await writeJsonBlob(layout, MEDIA_TYPES.manifest, manifest);
    await writeIndexJson(layout, {
      ...descriptor,
      ...(options.refName === undefined ? {} : { annotations: { [REF_NAME]: options.refName } }),
      platform: descriptorPlatform(config),
    });
    return {
      schemaVersion: 1,
      project: options.project,
      kind: options.kind,
      platform: options.platform,
      digest: descriptor.digest,
      config: configDescriptor.digest,
      size: layers.reduce((sum, layer) => sum + layer.size, configDescriptor.size),
      layers: layers.map(({ digest, size, diffId }) => ({ digest, size, diffId })),
      parents: shared === undefined ? [] : [{ layout: shared.parent.layout, digest: shared.image.descriptor.digest }],
      epoch: options.epoch,
      revision: options.revision,
      created,
    };
  });
}

function pairLayers(raw: RawImage, diffIds: readonly Digest[]): { layer: Descriptor; diffId: Digest }[] {
  const { layers } = raw.manifest;
  const pairs = layers.flatMap((layer, at) => {
    const diffId = diffIds[at];
    return diffId === undefined ? [] : [{ layer, diffId }];
  });
  if (pairs.length === layers.length && pairs.length === diffIds.length) return pairs;
  throw new LayoutError(raw.configFile, 'the configuration and the manifest disagree', {
    expected: `${String(layers.length)} layers, as in ${raw.manifestFile}`,
    found: `${String(diffIds.length)} entries in rootfs.diff_ids`,
  });
}

function rfc3339(file: string, epoch: number): string {
  if (!Number.isSafeInteger(epoch) || epoch < 0) {
    throw new LayoutError(file, 'the epoch is malformed', {
      expected: 'whole seconds since 1970',
      found: String(epoch),
    });
  }
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z');
}

import { normaliseConfig } from './config.ts';
import { blobPath } from './digest.ts';
import { LayoutError } from './errors.ts';
import { type Lower, type OwnLayer, readLower, type StoredLayer, storeOwnLayer } from './layer/own-layer.ts';
import type { Layer } from './layer/read-layer.ts';
import { createLayout, sorted, writeIndexJson, writeJsonBlob } from './output.ts';
import { descriptorPlatform } from './platform.ts';
import { openRaw } from './raw.ts';
import type { RawImage } from './raw.ts';
import { type LayoutImage, readImage } from './read.ts';
import { MEDIA_TYPES, REF_NAME } from './types.ts';
import type { Digest, HistoryEntry, ImageManifest, ImageRecord } from './types.ts';

/** Extended attributes that a warning names. */
const DROPPED_SHOWN = 5;

/** The image that another is built on. */
export interface BaseLayout {
  /** Relative to the workspace, for the record. */
  readonly layout: string;
  /** Absolute path of a full layout of it, as the engine was given it. */
  readonly path: string;
  /** Of its manifest, for the record. */
  readonly digest: Digest;
}

/** A base whose files are known. */
export interface Base extends BaseLayout {
  readonly image: LayoutImage;
  readonly lower: Lower;
}

/**
 * Reads the image that another is built on. It takes a while, and may go on while an engine builds.
 *
 * @throws LayoutError when the layout is damaged
 */
export async function readBase(base: BaseLayout): Promise<Base> {
  const image = await readImage(base.path);
  const layers = image.manifest.layers.flatMap((descriptor, at) => {
    const diffId = image.config.rootfs.diff_ids[at];
    return diffId === undefined ? [] : [{ file: blobPath(base.path, descriptor.digest), descriptor, diffId }];
  });
  return { ...base, image, lower: await readLower(layers) };
}

/** What {@link finishImage} takes. */
export interface FinishImageOptions {
  /** the engine's export: an OCI layout, or a containers `dir:` folder (`podman save --format docker-dir`) */
  readonly raw: string;
  /** the folder to make, which must not exist */
  readonly output: string;
  /** the image whose layers it begins with; absent where it begins with nothing */
  readonly base?: Base;
  /** `os/architecture[/variant]` that was asked of the engine */
  readonly platform: string;
  /** for the manifest */
  readonly annotations: Readonly<Record<string, string>>;
  /** for the configuration; they replace labels of the same name */
  readonly labels: Readonly<Record<string, string>>;
  /** seconds since 1970; every time stamp of the image is set to it */
  readonly epoch: number;
  /** what the image declares as volumes, those of its base included; the engine was told of none */
  readonly volumes: readonly string[];
  /** what the image was made by, on top of its base: instructions as a person reads them, in their order */
  readonly history: readonly { readonly instruction: string; readonly changesFiles: boolean }[];
  /** several names of one file stay that: one instruction alone brought files, see {@link storeOwnLayer} */
  readonly hardLinks: boolean;
  /** absolute paths of what RUN instructions among these mounted; absent where none ran */
  readonly mounts?: readonly string[];
  readonly project: string;
  readonly kind: ImageRecord['kind'];
  /** name in the layout, by which tools address the image (`oci:DIR:NAME`) */
  readonly refName?: string;
  /** takes what somebody should know about the image, a line at a time */
  readonly onWarning: (line: string) => void;
}

/**
 * Turns an engine's export into Dockyard's form: a thin OCI image layout (OCI image spec 1.1) whose bytes depend on
 * nothing but the content, the epoch, and the annotations, labels and history given. What the image has beyond its base is one layer, the
 * difference between the two; the layers of the base are the base's, by descriptor, and aren't kept.
 *
 * @returns the record of the image, to be kept beside the layout
 * @throws LayoutError when the export is damaged, of another platform or no single image, or isn't built on the base, when the base can't
 *   be read, when `output` exists, or when the disk is full. `output` doesn't exist then.
 */
export async function finishImage(options: FinishImageOptions): Promise<ImageRecord> {
  const created = rfc3339(options.output, options.epoch);
  const raw = await openRaw(options.raw);
  const config = normaliseConfig(raw.configFile, raw.config, { ...options, created });
  const { base } = options;
  const layers = layersOf(raw, config.rootfs.diff_ids);
  const lower: Lower = base?.lower ?? { layers: [], tree: new Map(), digests: new Map() };
  if (base !== undefined) requireBase(options, layers, base);
  return await createLayout(options.output, async (layout) => {
    const own = await storeOwnLayer({
      lower,
      own: layers.slice(lower.layers.length),
      layout,
      epoch: options.epoch,
      hardLinks: options.hardLinks,
      mounts: {
        volumes: options.volumes,
        ...(options.mounts !== undefined && { runs: options.mounts }),
      },
    });
    warnOfDropped(options, own);
    const stored: StoredLayer[] = lower.layers.map(({ descriptor, diffId }) => ({ ...descriptor, diffId }));
    if (own.layer !== undefined) stored.push(own.layer);
    const annotations = sorted(options.annotations);
    const history = [...(base?.image.config.history ?? []), ...ownHistory(options, created, own.layer !== undefined)];
    const configDescriptor = await writeJsonBlob(layout, MEDIA_TYPES.config, {
      ...config,
      rootfs: { ...config.rootfs, diff_ids: stored.map(({ diffId }) => diffId) },
      ...(history.length === 0 ? {} : { history }),
    });
    const manifest: ImageManifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.manifest,
      config: configDescriptor,
      layers: stored.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
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
      size: stored.reduce((sum, layer) => sum + layer.size, configDescriptor.size),
      layers: stored.map(({ digest, size, diffId }) => ({ digest, size, diffId })),
      parents: base === undefined ? [] : [{ layout: base.layout, digest: base.digest }],
      epoch: options.epoch,
      created,
    };
  });
}

/** Makes sure that the export begins with the layers of the base. */
function requireBase({ raw }: FinishImageOptions, layers: readonly Layer[], { layout, lower }: Base): void {
  const other = lower.layers.findIndex(({ diffId }, at) => layers[at]?.diffId !== diffId);
  if (other === -1) return;
  throw new LayoutError(raw, `the engine's image isn't built on ${layout}`, {
    expected: `layer ${String(other + 1)} with the diff id ${lower.layers[other]?.diffId ?? ''}`,
    found: layers[other]?.diffId ?? `${String(layers.length)} layers`,
  });
}

/** The layer belongs to the last instruction that can have changed a file (OCI image spec, config.md, `history`). */
function ownHistory(options: FinishImageOptions, created: string, hasLayer: boolean): HistoryEntry[] {
  const { history } = options;
  const at = hasLayer
    ? Math.max(
        history.findLastIndex(({ changesFiles }) => changesFiles),
        0,
      )
    : -1;
  const entries = history.map(({ instruction }, index) => ({
    created,
    created_by: instruction,
    ...(index === at ? {} : { empty_layer: true as const }),
  }));
  return hasLayer && entries.length === 0 ? [{ created }] : entries;
}

function warnOfDropped({ onWarning }: FinishImageOptions, { dropped }: OwnLayer): void {
  if (dropped.length === 0) return;
  const shown = dropped.slice(0, DROPPED_SHOWN).map((one) => Buffer.from(one, 'latin1').toString());
  const more = dropped.length > shown.length ? ` and ${String(dropped.length - shown.length)} more` : '';
  onWarning(
    `Warning: extended attributes are left out, since not every engine keeps them: ${shown.join(', ')}${more}. Only file capabilities are kept.`,
  );
}

/** The layers of the export, each with its diff id. */
function layersOf(raw: RawImage, diffIds: readonly Digest[]): Layer[] {
  const { layers } = raw.manifest;
  const pairs = layers.flatMap((descriptor, at) => {
    const diffId = diffIds[at];
    return diffId === undefined ? [] : [{ file: raw.file(descriptor.digest), descriptor, diffId }];
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

import { readJsonBlob } from '../blob.ts';
import { LayoutError } from '../errors.ts';
import { isObject } from '../parse.ts';
import { readImage, readIndex } from '../read.ts';
import type { LayoutImage } from '../read.ts';
import type { Descriptor, Digest } from '../types.ts';
import { walkLayout } from '../walk.ts';
import { jsonDifferences } from './json.ts';
import { layerDifferences } from './layers.ts';
import type { LayoutDifference, LayoutWithParents } from './types.ts';

interface OpenLayout {
  readonly image: LayoutImage;
  /** as parsed, unknown fields included; without the digests that stand for what is compared by itself */
  readonly manifest: unknown;
  readonly configuration: unknown;
  file(digest: Digest): string;
}

/**
 * Where the images of two layouts, thin or full, differ: values of the manifest and the configuration, and entries of
 * each layer that isn't the same.
 *
 * @returns nothing where they are the same, or only the form of their JSON differs
 * @throws LayoutError when a layout holds no single image, or a blob is missing or corrupted
 */
export async function diffImages(first: LayoutWithParents, second: LayoutWithParents): Promise<LayoutDifference[]> {
  const [one, other] = [await openImage(first), await openImage(second)];
  const documents = (['manifest', 'configuration'] as const).flatMap((document) =>
    jsonDifferences(one[document], other[document]).map((difference): LayoutDifference => ({
      kind: 'field',
      document,
      ...difference,
    })),
  );
  const layers = one.image.manifest.layers;
  const others = other.image.manifest.layers;
  // Then no layer is the counterpart of another.
  if (layers.length !== others.length) {
    return [...documents, { kind: 'layer count', first: layers.length, second: others.length }];
  }
  const differences: LayoutDifference[] = [];
  for (const [layer, descriptor] of layers.entries()) {
    const twin = others[layer];
    if (twin === undefined || twin.digest === descriptor.digest) continue;
    const diffIds = { first: diffId(one, layer, descriptor), second: diffId(other, layer, twin) };
    const entries =
      diffIds.first === diffIds.second
        ? []
        : await layerDifferences(
            { file: one.file(descriptor.digest), layer: descriptor },
            { file: other.file(twin.digest), layer: twin },
          );
    differences.push({ kind: 'layer', layer, ...diffIds, entries });
  }
  return [...documents, ...differences];
}

/**
 * Where the image indexes of two layouts differ.
 *
 * @param first folder of a layout that `joinIndex` made
 * @param second folder of another
 * @throws LayoutError when one holds no single index, or the index is missing or corrupted
 */
export async function diffIndexes(first: string, second: string): Promise<LayoutDifference[]> {
  const [one, other] = [await readIndex(first), await readIndex(second)];
  return jsonDifferences(one.index, other.index).map((difference) => ({
    kind: 'field',
    document: 'index',
    ...difference,
  }));
}

async function openImage({ layout, parents }: LayoutWithParents): Promise<OpenLayout> {
  const image = await readImage(layout);
  const blobs = new Map((await walkLayout(layout, parents)).map(({ digest, file }) => [digest, file]));
  const file = (digest: Digest): string => {
    const found = blobs.get(digest);
    if (found === undefined) throw new LayoutError(layout, `blob ${digest} is missing`);
    return found;
  };
  const document = async (descriptor: Descriptor, left: readonly string[]): Promise<unknown> => {
    const value = await readJsonBlob(file(descriptor.digest), descriptor);
    return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !left.includes(key))) : value;
  };
  return {
    image,
    manifest: await document(image.descriptor, ['config', 'layers']),
    configuration: await document(image.manifest.config, ['rootfs']),
    file,
  };
}

function diffId({ image }: OpenLayout, layer: number, descriptor: Descriptor): Digest {
  return image.config.rootfs.diff_ids[layer] ?? descriptor.digest;
}

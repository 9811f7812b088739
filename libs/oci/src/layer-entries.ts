import { pipeline } from 'node:stream/promises';
import { extract } from 'tar-stream';
import type { Header } from 'tar-stream';
import { readBlob } from './blob.ts';
import { LayoutError } from './errors.ts';
import { decompressor } from './gzip.ts';
import { readImage } from './read.ts';
import type { Descriptor } from './types.ts';
import { walkLayout } from './walk.ts';

/** An entry of a layer's tar. The content is read to its end, or not at all. */
export interface LayerEntry {
  readonly header: Header;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The entries of a layer's tar, in its order, read as a stream.
 *
 * @param file where the layer lies
 * @param layer its descriptor
 * @throws LayoutError when the blob is corrupted or no tar
 */
export async function* layerEntries(file: string, layer: Descriptor): AsyncGenerator<LayerEntry, void, undefined> {
  const unreadable = (error: unknown): LayoutError =>
    error instanceof LayoutError
      ? error
      : new LayoutError(file, `the layer can't be read (${layer.mediaType})`, { cause: error });
  const tar = extract();
  const inflate = decompressor(layer.mediaType);
  const blob = readBlob(file, layer);
  const fed = inflate === undefined ? pipeline(blob, tar) : pipeline(blob, inflate, tar);
  // Whoever reads the entries sees the error: a tar that isn't fed any more fails its iteration.
  fed.catch(() => undefined);
  try {
    for await (const entry of tar) {
      yield { header: entry.header, content: reworded(entry as AsyncIterable<Uint8Array>, unreadable) };
      entry.resume();
    }
    await fed;
  } catch (error) {
    throw unreadable(error);
  } finally {
    tar.destroy();
  }
}

async function* reworded(
  content: AsyncIterable<Uint8Array>,
  reword: (error: unknown) => Error,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (error) {
    throw reword(error);
  }
}

/** A layer and the file that holds it. */
export interface LayerFile {
  readonly file: string;
  readonly layer: Descriptor;
}

/**
 * Finds the layers of an image.
 *
 * @param image a layout, thin or full, and those that have what it leaves out
 * @returns the lowest layer first
 * @throws LayoutError when a blob is missing or corrupted
 */
export async function layerFiles({
  layout,
  parents,
}: {
  layout: string;
  parents: readonly string[];
}): Promise<LayerFile[]> {
  const blobs = new Map((await walkLayout(layout, parents)).map(({ digest, file }) => [digest, file]));
  const { manifest } = await readImage(layout);
  return manifest.layers.map((layer) => {
    const file = blobs.get(layer.digest);
    if (file === undefined) throw new LayoutError(layout, `blob ${layer.digest} is missing`);
    return { file, layer };
  });
}

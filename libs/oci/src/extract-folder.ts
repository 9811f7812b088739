import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { blobPath } from './digest.ts';
import { layerEntries } from './layer-entries.ts';
import { gzipStreams } from './gzip.ts';
import { Sum } from './layer/sum.ts';
import { readImage } from './read.ts';
import { MEDIA_TYPES, type Descriptor } from './types.ts';

/**
 * Writes one folder of an image as a gzipped tar of its own, with paths that begin in it. Entries keep their order, modes and times, so
 * the same image gives the same bytes.
 *
 * @param layout folder of the image's layout, which holds all its layers
 * @param folder its path in the image, without slashes at its ends: `debug`
 * @param output absolute path of the file to write; no file is left where the image has nothing in that folder
 * @returns the descriptor of the file, as a layer; undefined where there is nothing
 * @throws LayoutError when the layout is damaged
 */
export async function extractFolder(layout: string, folder: string, output: string): Promise<Descriptor | undefined> {
  const { manifest } = await readImage(layout);
  const tar = pack();
  const sum = new Sum();
  const filled = fill(tar, layout, manifest.layers, folder).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  });
  const written = pipeline([
    Readable.from(tar as AsyncIterable<Buffer>, { objectMode: false }),
    ...gzipStreams(),
    sum,
    createWriteStream(output),
  ]);
  const [files] = await Promise.all([filled, written]);
  if (files > 0) return { mediaType: MEDIA_TYPES.layerGzip, digest: sum.digest(), size: sum.size };
  await rm(output, { force: true });
  return undefined;
}

/** How many entries were there that aren't folders. */
async function fill(tar: Pack, layout: string, layers: readonly Descriptor[], folder: string): Promise<number> {
  let files = 0;
  for (const layer of layers) {
    for await (const { header, content } of layerEntries(blobPath(layout, layer.digest), layer)) {
      const name = header.name.replace(/^\.?\//, '');
      if (!name.startsWith(`${folder}/`) || name === `${folder}/`) continue;
      if (header.type !== 'directory') files += 1;
      const entry = tar.entry({ ...header, name: name.slice(folder.length + 1) });
      await pipeline(Readable.from(content), entry as unknown as NodeJS.WritableStream);
    }
  }
  tar.finalize();
  return files;
}

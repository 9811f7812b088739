import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readBlob } from './blob.ts';
import { blobPath } from './digest.ts';
import { LayoutError } from './errors.ts';
import { decompressor, gzipStreams } from './gzip.ts';
import { linkBlob } from './output.ts';
import { MEDIA_TYPES } from './types.ts';
import type { Descriptor, Digest } from './types.ts';

/**
 * Puts a layer into a layout: an uncompressed one gzipped, a compressed one as it is. Its digest is verified, and that
 * its uncompressed bytes are what the configuration says.
 *
 * @param file where the engine put the layer
 * @param layer its descriptor, with an OCI media type
 * @param diffId digest of the uncompressed layer by the configuration
 * @param layout folder of the layout being made
 * @returns the descriptor in the layout
 * @throws LayoutError when a digest or a size is wrong, or the compressed data is damaged
 */
export async function storeLayer(file: string, layer: Descriptor, diffId: Digest, layout: string): Promise<Descriptor> {
  const inflate = decompressor(layer.mediaType);
  if (inflate === undefined) {
    if (layer.digest !== diffId) throw diffIdError(file, diffId, layer.digest);
    return await compress(file, layer, layout);
  }
  const found = await uncompressedDigest(file, layer, inflate);
  if (found !== diffId) throw diffIdError(file, diffId, found);
  await linkBlob(file, layout, layer.digest);
  return { mediaType: layer.mediaType, digest: layer.digest, size: layer.size };
}

async function compress(file: string, layer: Descriptor, layout: string): Promise<Descriptor> {
  const hash = createHash('sha256');
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  // The name is the digest, which is known only at the end. The whole folder is removed if this fails.
  const temporary = path.join(layout, 'blobs', 'sha256', `.${randomUUID()}`);
  await pipeline(readBlob(file, layer), ...gzipStreams(), count, createWriteStream(temporary, { flags: 'wx' }));
  const digest: Digest = `sha256:${hash.digest('hex')}`;
  await rename(temporary, blobPath(layout, digest));
  return { mediaType: MEDIA_TYPES.layerGzip, digest, size };
}

async function uncompressedDigest(file: string, layer: Descriptor, inflate: Transform): Promise<Digest> {
  const hash = createHash('sha256');
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done();
    },
  });
  try {
    await pipeline(readBlob(file, layer), inflate, sink);
  } catch (error) {
    if (error instanceof LayoutError) throw error;
    throw new LayoutError(file, `the layer can't be decompressed (${layer.mediaType})`, { cause: error });
  }
  return `sha256:${hash.digest('hex')}`;
}

function diffIdError(file: string, expected: Digest, found: Digest): LayoutError {
  return new LayoutError(file, "the layer isn't the one that the configuration names in rootfs.diff_ids", {
    expected,
    found,
  });
}

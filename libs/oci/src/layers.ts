import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readBlob } from './blob.ts';
import { blobPath } from './digest.ts';
import { errorCode, LayoutError } from './errors.ts';
import { decompressor, gzipStreams } from './gzip.ts';
import { settingTimes } from './timestamps.ts';
import { MEDIA_TYPES } from './types.ts';
import type { Descriptor, Digest } from './types.ts';

/** A layer in a layout. */
export interface StoredLayer extends Descriptor {
  /** Digest of the uncompressed layer. */
  readonly diffId: Digest;
}

/**
 * Puts a layer into a layout: gzipped by us, whatever the engine did, and with the given time on every entry. So its bytes depend on what is
 * in it alone: engines compress in their own ways, and a file that one takes out of its cache has the time of the build that made it.
 *
 * @param file where the engine put the layer
 * @param layer its descriptor, with an OCI media type
 * @param diffId digest of the uncompressed layer by the configuration
 * @param o.layout folder of the layout being made
 * @param o.epoch seconds since 1970
 * @returns the descriptor in the layout
 * @throws LayoutError when a digest or a size is wrong, or the compressed data is damaged
 */
export async function storeLayer(
  file: string,
  layer: Descriptor,
  diffId: Digest,
  { layout, epoch }: { layout: string; epoch: number },
): Promise<StoredLayer> {
  const inflate = decompressor(layer.mediaType);
  if (inflate === undefined && layer.digest !== diffId) throw diffIdError(file, diffId, layer.digest);
  const [before, after, blob] = [new Sum(), new Sum(), new Sum()];
  // The name is the digest, which is known only at the end. The whole folder is removed if this fails.
  const temporary = path.join(layout, 'blobs', 'sha256', `.${randomUUID()}`);
  try {
    await pipeline([
      Readable.from(readBlob(file, layer)),
      ...(inflate === undefined ? [] : [inflate]),
      before,
      settingTimes(epoch),
      after,
      ...gzipStreams(),
      blob,
      createWriteStream(temporary, { flags: 'wx' }),
    ]);
  } catch (error) {
    if (!OF_COMPRESSION.test(errorCode(error) ?? '')) throw error;
    throw new LayoutError(file, `the layer can't be decompressed (${layer.mediaType})`, { cause: error });
  }
  if (before.digest() !== diffId) throw diffIdError(file, diffId, before.digest());
  await rename(temporary, blobPath(layout, blob.digest()));
  return { mediaType: MEDIA_TYPES.layerGzip, digest: blob.digest(), size: blob.size, diffId: after.digest() };
}

/** Node's codes of what zlib and zstd report. */
const OF_COMPRESSION = /^(?:Z_|ZSTD_)/;

/** Passes bytes on, and knows their digest and number. */
class Sum extends Transform {
  readonly #hash = createHash('sha256');
  #digest: Digest | undefined;
  size = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    this.size += chunk.length;
    done(null, chunk);
  }

  /** Digest of all bytes, once they are through. */
  digest(): Digest {
    this.#digest ??= `sha256:${this.#hash.digest('hex')}`;
    return this.#digest;
  }
}

function diffIdError(file: string, expected: Digest, found: Digest): LayoutError {
  return new LayoutError(file, "the layer isn't the one that the configuration names in rootfs.diff_ids", {
    expected,
    found,
  });
}

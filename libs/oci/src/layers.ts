import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform, type TransformCallback, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readBlob } from './blob.ts';
import { blobPath } from './digest.ts';
import { LayoutError } from './errors.ts';
import { decompressor, gzipStreams } from './gzip.ts';
import { linkBlob } from './output.ts';
import { settingTimes } from './timestamps.ts';
import { MEDIA_TYPES } from './types.ts';
import type { Descriptor, Digest } from './types.ts';

/** A layer in a layout. */
export interface StoredLayer extends Descriptor {
  /** Digest of the uncompressed layer. */
  readonly diffId: Digest;
}

/**
 * Puts a layer into a layout, with the given time on every entry: an engine that takes a file out of its own cache gives it the time of the
 * build that made it. A compressed layer that has these times already stays as it is, any other is gzipped. Its digest is verified, and that
 * its uncompressed bytes are what the configuration says.
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
  const compressed = decompressor(layer.mediaType) !== undefined;
  if (!compressed && layer.digest !== diffId) throw diffIdError(file, diffId, layer.digest);
  if (compressed) {
    const before = new Sum();
    const after = new Sum();
    try {
      await readLayer(file, layer, before, settingTimes(epoch), after, sink());
    } catch (error) {
      if (error instanceof LayoutError) throw error;
      throw new LayoutError(file, `the layer can't be decompressed (${layer.mediaType})`, { cause: error });
    }
    if (before.digest() !== diffId) throw diffIdError(file, diffId, before.digest());
    if (after.digest() === diffId) {
      await linkBlob(file, layout, layer.digest);
      return { mediaType: layer.mediaType, digest: layer.digest, size: layer.size, diffId };
    }
  }
  // The name is the digest, which is known only at the end. The whole folder is removed if this fails.
  const temporary = path.join(layout, 'blobs', 'sha256', `.${randomUUID()}`);
  const whole = new Sum();
  const blob = new Sum();
  const written = createWriteStream(temporary, { flags: 'wx' });
  await readLayer(file, layer, settingTimes(epoch), whole, ...gzipStreams(), blob, written);
  await rename(temporary, blobPath(layout, blob.digest()));
  return { mediaType: MEDIA_TYPES.layerGzip, digest: blob.digest(), size: blob.size, diffId: whole.digest() };
}

/** Sends a layer, verified and uncompressed, through streams. */
async function readLayer(
  file: string,
  layer: Descriptor,
  ...streams: readonly (Transform | Writable)[]
): Promise<void> {
  const inflate = decompressor(layer.mediaType);
  await pipeline([Readable.from(readBlob(file, layer)), ...(inflate === undefined ? [] : [inflate]), ...streams]);
}

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

function sink(): Writable {
  return new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
}

function diffIdError(file: string, expected: Digest, found: Digest): LayoutError {
  return new LayoutError(file, "the layer isn't the one that the configuration names in rootfs.diff_ids", {
    expected,
    found,
  });
}

import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readBlob } from '../blob.ts';
import { errorCode, LayoutError } from '../errors.ts';
import { decompressor } from '../gzip.ts';
import type { Descriptor, Digest } from '../types.ts';
import { canonicalEntry } from './canonical-entry.ts';
import { type PlacedEntry, readTar } from './read-tar.ts';
import { Sum } from './sum.ts';
import type { LayerEntryPlace } from './tree.ts';

/** A layer, and where it lies. */
export interface Layer {
  readonly file: string;
  readonly descriptor: Descriptor;
  /** Digest of the uncompressed layer by the configuration. */
  readonly diffId: Digest;
}

/** What was read of a layer. */
export interface ReadLayer {
  readonly entries: readonly LayerEntryPlace[];
  /** `path: name` of extended attributes that aren't kept and that somebody may miss. */
  readonly dropped: readonly string[];
}

/**
 * Reads the entries of a layer as a stream, and verifies its digests.
 *
 * @param layer with an OCI media type
 * @param o.copy writes the uncompressed layer there, too
 * @param o.onEntry sees each entry while its content can be read
 * @throws LayoutError where a digest or a size is wrong, the compressed data is damaged, or it is no tar
 */
export async function readLayer(
  layer: Layer,
  o: { copy?: string; onEntry?: (entry: PlacedEntry) => Promise<void> } = {},
): Promise<ReadLayer> {
  const { file, descriptor, diffId } = layer;
  const inflate = decompressor(descriptor.mediaType);
  if (inflate === undefined && descriptor.digest !== diffId) throw diffIdError(file, diffId, descriptor.digest);
  const sum = new Sum();
  const entries: LayerEntryPlace[] = [];
  const dropped: string[] = [];
  const copy = o.copy === undefined ? undefined : await open(o.copy, 'wx');
  async function* plain(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of source) {
      await copy?.writeFile(chunk);
      yield chunk;
    }
  }
  const read = async (archive: AsyncIterable<Buffer>): Promise<void> => {
    for await (const entry of readTar(plain(archive))) {
      await o.onEntry?.(entry);
      const canonical = canonicalEntry(entry);
      entries.push(canonical.entry);
      dropped.push(...canonical.dropped.map((name) => `${entry.path}: ${name}`));
    }
  };
  try {
    const blob = Readable.from(readBlob(file, descriptor));
    await (inflate === undefined ? pipeline(blob, sum, read) : pipeline(blob, inflate, sum, read));
  } catch (error) {
    if (error instanceof LayoutError || errorCode(error) === 'ENOSPC') throw error;
    const what = OF_COMPRESSION.test(errorCode(error) ?? '') ? "can't be decompressed" : "can't be read";
    throw new LayoutError(file, `the layer ${what} (${descriptor.mediaType})`, {
      found: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  } finally {
    await copy?.close();
  }
  if (sum.digest() !== diffId) throw diffIdError(file, diffId, sum.digest());
  return { entries, dropped };
}

/** Node's codes of what zlib and zstd report. */
const OF_COMPRESSION = /^(?:Z_|ZSTD_)/;

function diffIdError(file: string, expected: Digest, found: Digest): LayoutError {
  return new LayoutError(file, "the layer isn't the one that the configuration names in rootfs.diff_ids", {
    expected,
    found,
  });
}

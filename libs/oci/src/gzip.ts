import { createGunzip, createGzip, createZstdDecompress } from 'node:zlib';
import { Transform } from 'node:stream';
import { MEDIA_TYPES } from './types.ts';

const HEADER_BYTES = 10;
const UNKNOWN_OS = 0xff;
/** Node's own is 16 KiB: with it, reading a layer takes twice as long. */
const CHUNK = 1 << 20;

/**
 * Streams that turn a tar into the gzip form of a layer. The header (RFC 1952) carries no time, no name and
 * "unknown" as operating system, so the bytes say nothing of when and on what they were made.
 */
export function gzipStreams(): [Transform, Transform] {
  return [createGzip({ level: 6, chunkSize: 64 * 1024 }), fixedHeader()];
}

/**
 * The stream that undoes a layer's compression, or undefined when the media type says that it has none.
 *
 * @param mediaType one of the OCI layer types in {@link MEDIA_TYPES}
 */
export function decompressor(mediaType: string): Transform | undefined {
  if (mediaType === MEDIA_TYPES.layerGzip) return createGunzip({ chunkSize: CHUNK });
  if (mediaType === MEDIA_TYPES.layerZstd) return createZstdDecompress({ chunkSize: CHUNK });
  return undefined;
}

function fixedHeader(): Transform {
  let position = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // Bytes 4 to 7 are the time, 8 the compressor's remark, 9 the operating system.
      for (let at = Math.max(4 - position, 0); at + position < HEADER_BYTES && at < chunk.length; at += 1) {
        chunk[at] = at + position === 9 ? UNKNOWN_OS : 0;
      }
      position += chunk.length;
      done(null, chunk);
    },
  });
}

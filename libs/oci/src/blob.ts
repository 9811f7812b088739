import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { errorCode, LayoutError } from './errors.ts';
import type { Descriptor, Digest } from './types.ts';

// A fixed size, so that what depends on the chunks (a compressor's output) doesn't depend on the machine.
const CHUNK_BYTES = 1024 * 1024;
// Engines and registries refuse larger manifests; a limit keeps a forged one from filling the memory.
const DOCUMENT_BYTES = 4 * 1024 * 1024;

/** A blob's address and size in bytes. */
export type BlobIdentity = Pick<Descriptor, 'digest' | 'size'>;

/**
 * The bytes of a blob, whose size is checked before the first and whose digest after the last of them.
 *
 * @param file where the blob lies
 * @param identity its size in bytes and its digest
 * @throws LayoutError when the file is missing, has another size or another digest. The consumer must take nothing as
 *   true before the stream has ended.
 */
export async function* readBlob(file: string, identity: BlobIdentity): AsyncGenerator<Buffer, void, undefined> {
  const found = await fileSize(file, identity);
  if (found !== identity.size) throw sizeError(file, identity.size, found);
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (bytes !== identity.size) throw sizeError(file, identity.size, bytes);
  const digest: Digest = `sha256:${hash.digest('hex')}`;
  if (digest !== identity.digest) {
    throw new LayoutError(file, 'the blob is corrupted: its digest is wrong', {
      expected: identity.digest,
      found: digest,
      hint: 'delete the layout that holds this file and build it again',
    });
  }
}

/**
 * Reads a blob to its end and throws its bytes away.
 *
 * @throws LayoutError as {@link readBlob}
 */
export async function verifyBlob(file: string, identity: BlobIdentity): Promise<void> {
  for await (const _ of readBlob(file, identity));
}

/**
 * A small blob (manifest, index, configuration) as JSON, verified.
 *
 * @throws LayoutError as {@link readBlob}, and when it is over 4 MiB or no JSON
 */
export async function readJsonBlob(file: string, identity: BlobIdentity): Promise<unknown> {
  if (identity.size > DOCUMENT_BYTES) {
    throw new LayoutError(file, 'the document is too large', {
      expected: `at most ${String(DOCUMENT_BYTES)} bytes`,
      found: `${String(identity.size)} bytes`,
    });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of readBlob(file, identity)) chunks.push(chunk);
  return parseJson(file, Buffer.concat(chunks).toString('utf8'));
}

/**
 * JSON text of a file.
 *
 * @throws LayoutError naming the file when it is no JSON
 */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new LayoutError(file, 'the file is not JSON', { cause: error });
  }
}

async function fileSize(file: string, identity: BlobIdentity): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    throw new LayoutError(file, 'the blob is missing', { expected: identity.digest, found: 'no file', cause: error });
  }
}

function sizeError(file: string, expected: number, found: number): LayoutError {
  return new LayoutError(file, found < expected ? 'the blob is truncated' : 'the blob is too long', {
    expected: `${String(expected)} bytes`,
    found: `${String(found)} bytes`,
    hint: 'delete the layout that holds this file and build it again',
  });
}

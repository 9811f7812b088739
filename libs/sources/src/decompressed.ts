import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import unbzip2 from 'unbzip2-stream';
import xz from 'xz-decompress';

type Unpack = (raw: Readable) => AsyncIterable<Uint8Array>;

/** By the bytes that each compression begins with. */
const COMPRESSIONS: Readonly<Record<string, Unpack>> = {
  '1f8b': (raw) => pipeline(raw, createGunzip(), () => undefined),
  '28b52ffd': (raw) => pipeline(raw, createZstdDecompress(), () => undefined),
  fd377a585a00: (raw) => new xz.XzReadableStream(Readable.toWeb(raw) as ReadableStream<Uint8Array>) as WebStream,
  '425a68': unpackBzip2,
};

/**
 * Reads a file, unpacked where it is compressed with gzip, bzip2, xz or zstd. Its first bytes tell that, not its name,
 * and no foreign program is needed. What another program compressed comes as it is.
 *
 * @param file path
 * @throws {NodeJS.ErrnoException} (with a `syscall`) the file can't be read
 * @throws {Error} (without one) its compression is damaged
 */
export async function* decompressed(file: string): AsyncGenerator<Uint8Array> {
  const head = await readHead(file);
  const unpack = Object.entries(COMPRESSIONS).find(([magic]) => head.startsWith(magic))?.[1];
  const raw = createReadStream(file);
  try {
    yield* unpack === undefined ? (raw as AsyncIterable<Uint8Array>) : unpack(raw);
  } finally {
    raw.destroy();
  }
}

// The library's stream is one of Node's first kind: it answers each write at once, by events.
async function* unpackBzip2(raw: Readable): AsyncGenerator<Uint8Array> {
  const unpacked: Uint8Array[] = [];
  let damage: Error | undefined;
  const stream = unbzip2();
  stream.on('data', (bytes: Uint8Array) => unpacked.push(bytes));
  stream.on('error', (error: Error) => (damage ??= error));
  const taken = (): Uint8Array[] => {
    if (damage !== undefined) throw damage;
    return unpacked.splice(0);
  };
  for await (const chunk of raw as AsyncIterable<Uint8Array>) {
    stream.write(chunk);
    yield* taken();
  }
  stream.end();
  yield* taken();
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(6), 0, 6, 0);
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

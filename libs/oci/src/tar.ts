import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { Pack } from 'tar-stream';
import { readBlob } from './blob.ts';
import { walkLayout } from './walk.ts';
import type { FoundBlob } from './walk.ts';

// No owner, no time, no order but the names': the same layout gives the same tar.
const OWNER = { uid: 0, gid: 0, mtime: new Date(0) };

/**
 * A full layout as a tar stream, which `docker load` and `podman load` take. Blobs are verified while they are sent: the
 * stream fails with a LayoutError instead of ending when one is corrupted.
 *
 * @param layout folder of a full layout (see {@link materialize}), of an image or of an index
 * @throws LayoutError before the first byte when a blob is missing
 */
export async function layoutTar(layout: string): Promise<Readable> {
  const blobs = [...(await walkLayout(layout, []))].sort((one, other) => (one.digest < other.digest ? -1 : 1));
  const documents = await Promise.all(
    ['oci-layout', 'index.json'].map(async (name) => ({ name, data: await readFile(path.join(layout, name)) })),
  );
  const tar = pack();
  // The reader sees the error through the stream.
  void fill(tar, documents, blobs).catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return Readable.from(tar as AsyncIterable<Buffer>, { objectMode: false });
}

async function fill(tar: Pack, documents: readonly { name: string; data: Buffer }[], blobs: readonly FoundBlob[]) {
  for (const { name, data } of documents) tar.entry({ ...OWNER, name, mode: 0o644 }, data);
  for (const name of ['blobs/', 'blobs/sha256/']) tar.entry({ ...OWNER, name, mode: 0o755, type: 'directory' });
  for (const { digest, size, file } of blobs) {
    const header = { ...OWNER, name: `blobs/${digest.replace(':', '/')}`, mode: 0o644, size };
    await pipeline(readBlob(file, { digest, size }), tar.entry(header) as unknown as NodeJS.WritableStream);
  }
  tar.finalize();
}

import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** A file or something else of a made-up entry. */
export type Member = Pick<Header, 'name'> &
  Partial<Pick<Header, 'type' | 'linkname'>> & { readonly content?: string | Uint8Array };

/** What Nx 24 adds to the outputs of a task that ended well. */
export const NX: readonly Member[] = [
  { name: 'terminalOutput', content: 'built\n' },
  { name: 'code', content: new Uint8Array(4) },
];

/** Outputs of a task that an image project has. */
export const OUTPUTS: readonly Member[] = [
  { name: 'dist/', type: 'directory' },
  { name: 'dist/images/redis/amd64/image.json', content: '{}' },
];

/** An entry of Nx's cache, as Nx writes it. */
export async function entry(members: readonly Member[] = [...OUTPUTS, ...NX]): Promise<Buffer> {
  return gzipSync(await tar(members));
}

/** The same before it is compressed. */
export async function tar(members: readonly Member[]): Promise<Buffer> {
  const archive = pack();
  for (const { content = '', ...header } of members)
    archive.entry({ mode: 0o644, mtime: new Date(0), ...header }, Buffer.from(content));
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return asNxWrites(Buffer.concat(chunks));
}

const BLOCK = 512;

/** Nx 24 writes what is its own with headers of the seventh edition of Unix: no magic, and nothing behind it. */
function asNxWrites(bytes: Buffer): Buffer {
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    const name = header.subarray(0, 100).toString().replace(/\0.*$/s, '');
    const size = Number.parseInt(header.subarray(124, 136).toString(), 8) || 0;
    if (NX.some((one) => one.name === name)) {
      header.fill(0, 257);
      header.fill(' ', 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return bytes;
}

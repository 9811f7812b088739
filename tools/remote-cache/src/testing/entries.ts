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
  return Buffer.concat(chunks);
}

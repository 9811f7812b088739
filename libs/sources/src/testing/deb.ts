import { writeFile } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** One entry of a test package: a header, and the content of a file. */
export type TestEntry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

export interface TestDeb {
  readonly control?: string;
  readonly entries?: readonly TestEntry[];
  readonly compression?: 'gz' | 'zst' | 'none';
  /** data.tar already compressed, with its name. */
  readonly data?: { readonly name: string; readonly bytes: Buffer };
}

/** Makes a tar in memory; times are one and the same second. */
export async function makeTar(entries: readonly TestEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) {
    const full = { uid: 0, gid: 0, mtime: new Date(1_700_000_000_000), ...header };
    if (content === undefined) tar.entry(full);
    else tar.entry(full, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Joins members as ar(5) does. */
export function makeAr(members: readonly { name: string; bytes: Buffer }[], time = 0): Buffer {
  const parts = members.flatMap(({ name, bytes }) => [
    Buffer.from(
      `${name.padEnd(16)}${String(time).padEnd(12)}0     0     100644  ${String(bytes.length).padEnd(10)}\`\n`,
    ),
    bytes,
    Buffer.from(bytes.length % 2 === 1 ? '\n' : ''),
  ]);
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}

/** Writes a .deb without dpkg. */
export async function writeDeb(file: string, deb: TestDeb): Promise<string> {
  const control = deb.control ?? 'Package: test\nVersion: 1\nArchitecture: all\n';
  const members = [
    { name: 'debian-binary', bytes: Buffer.from('2.0\n') },
    { name: 'control.tar.gz', bytes: gzipSync(await makeTar([{ name: './control', content: control }])) },
    deb.data ?? compress(await makeTar(deb.entries ?? []), deb.compression ?? 'none'),
  ];
  await writeFile(file, makeAr(members));
  return file;
}

function compress(tar: Buffer, compression: 'gz' | 'zst' | 'none'): { name: string; bytes: Buffer } {
  if (compression === 'gz') return { name: 'data.tar.gz', bytes: gzipSync(tar) };
  if (compression === 'zst') return { name: 'data.tar.zst', bytes: zstdCompressSync(tar) };
  return { name: 'data.tar', bytes: tar };
}

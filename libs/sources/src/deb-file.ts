import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { ReadableStream, type ReadableStream as WebStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { UserError } from '@dockyard/exec';
import { extract, type Header } from 'tar-stream';
import xz from 'xz-decompress';
import { parseStanzas, type Stanza } from './stanza.ts';

const MAGIC = '!<arch>\n';
const MEMBER_HEADER = 60;

/** One entry of a package's data.tar: path as written there (`./usr/bin/x`), and its bytes where it is a file. */
export interface DebEntry {
  readonly header: Header;
  readonly content: AsyncIterable<Uint8Array>;
}

/** A Debian binary package, as deb(5) describes it. */
export interface DebFile {
  readonly file: string;
  readonly control: Stanza;
  /** The entries of data.tar in their order; each must be read before the next. */
  entries(): AsyncIterable<DebEntry>;
}

interface Member {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/**
 * Opens a .deb without any foreign program: ar outside, control.tar and data.tar inside, plain or compressed with gzip,
 * xz or zstd.
 *
 * @param file path of the .deb
 * @throws {UserError} it isn't a .deb of format 2, is truncated, or is compressed in another way
 */
export async function openDeb(file: string): Promise<DebFile> {
  const members = await readMembers(file);
  if (members[0]?.name !== 'debian-binary') throw bad(file, 'its first member is not debian-binary');
  const control = findMember(file, members, 'control.tar');
  const data = findMember(file, members, 'data.tar');
  return { file, control: await readControl(file, control), entries: () => tarEntries(file, data) };
}

async function readMembers(file: string): Promise<Member[]> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if ((await readText(handle, 0, MAGIC.length)) !== MAGIC) throw bad(file, 'it is no ar archive');
    const members: Member[] = [];
    for (let at = MAGIC.length; at < size;) {
      const header = await readText(handle, at, MEMBER_HEADER);
      const bytes = Number(header.slice(48, 58).trim());
      if (header.length < MEMBER_HEADER || !header.endsWith('`\n') || !Number.isSafeInteger(bytes) || bytes < 0)
        throw bad(file, `a member header is damaged at byte ${at}`);
      const start = at + MEMBER_HEADER;
      if (start + bytes > size) throw bad(file, `it is truncated: ${start + bytes} bytes expected, ${size} found`);
      members.push({ name: header.slice(0, 16).trim().replace(/\/$/, ''), start, size: bytes });
      at = start + bytes + (bytes % 2);
    }
    return members;
  } finally {
    await handle.close();
  }
}

async function readText(handle: FileHandle, position: number, length: number): Promise<string> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('latin1', 0, bytesRead);
}

function findMember(file: string, members: readonly Member[], stem: string): Member {
  const member = members.find(({ name }) => name === stem || name.startsWith(`${stem}.`));
  if (member === undefined) throw bad(file, `it has no ${stem}`);
  return member;
}

async function readControl(file: string, member: Member): Promise<Stanza> {
  let found: Stanza | undefined;
  for await (const { header, content } of tarEntries(file, member)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    if (header.name.replace(/^\.\//, '') === 'control') found = parseStanzas(Buffer.concat(chunks).toString())[0];
  }
  if (found === undefined) throw bad(file, 'its control.tar has no control file');
  return found;
}

// A member is held in memory, unpacked: those of a base system have a few MB, and nothing can wait for what nobody sends.
async function* tarEntries(file: string, member: Member): AsyncGenerator<DebEntry> {
  const unreadable = (error: unknown): UserError =>
    error instanceof UserError ? error : bad(file, `${member.name} can't be read (${(error as Error).message})`, error);
  try {
    const bytes = await decompress(file, member.name, await readMember(file, member));
    const tar = extract();
    // The consumer sees the error: a destroyed tar fails its iteration.
    tar.on('error', () => undefined);
    tar.end(bytes);
    for await (const source of tar) {
      yield { header: source.header, content: reworded(source as AsyncIterable<Uint8Array>, unreadable) };
      source.resume();
    }
  } catch (error) {
    throw unreadable(error);
  }
}

async function* reworded(
  content: AsyncIterable<Uint8Array>,
  reword: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  try {
    yield* content;
  } catch (error) {
    throw reword(error);
  }
}

async function readMember(file: string, member: Member): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(member.size), 0, member.size, member.start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function decompress(file: string, name: string, bytes: Buffer): Promise<Buffer> {
  if (name.endsWith('.tar')) return bytes;
  if (name.endsWith('.xz')) return decompressXz(bytes);
  if (name.endsWith('.gz')) return promisify(gunzip)(bytes);
  if (name.endsWith('.zst')) return promisify(zstdDecompress)(bytes);
  throw bad(file, `${name} is compressed in a way that is not known here`);
}

async function decompressXz(bytes: Buffer): Promise<Buffer> {
  const compressed = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of new xz.XzReadableStream(compressed) as WebStream<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function bad(file: string, what: string, cause?: unknown): UserError {
  return new UserError(`${basename(file)} is not a Debian package that can be read: ${what}.`, {
    hint: `The file is ${file}.`,
    ...(cause === undefined ? {} : { cause }),
  });
}

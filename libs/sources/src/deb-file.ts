import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { ReadableStream, type ReadableStream as WebStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { UserError } from '@dockyard/exec';
import { extract, type Header } from 'tar-stream';
import xz from 'xz-decompress';
import { ArError, type ArMember, readArMembers } from './ar.ts';
import { parseStanzas, type Stanza } from './stanza.ts';

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

/**
 * Opens a .deb without any foreign program: ar outside, control.tar and data.tar inside, plain or compressed with gzip,
 * xz or zstd.
 *
 * @param file path of the .deb
 * @throws {UserError} it isn't a .deb of format 2, is truncated, or is compressed in another way
 */
export async function openDeb(file: string): Promise<DebFile> {
  const members = await readMembers(file);
  const control = findMember(file, members, 'control.tar');
  const data = findMember(file, members, 'data.tar');
  return { file, control: await readControl(file, control), entries: () => tarEntries(file, data) };
}

/**
 * Tells when a Debian binary package was built: the time in the header of its first member, where dpkg-deb writes
 * SOURCE_DATE_EPOCH, which is the time of the package's newest changelog entry.
 *
 * @param file path of the .deb
 * @returns seconds since 1970
 * @throws {UserError} it isn't a .deb, or is damaged
 * @throws {NodeJS.ErrnoException} the file can't be read
 */
export async function packageTime(file: string): Promise<number> {
  const [first] = await readMembers(file);
  return first?.time ?? 0;
}

async function readMembers(file: string): Promise<ArMember[]> {
  const members = await readArMembers(file).catch((error: unknown) => {
    throw error instanceof ArError ? bad(file, error.message, error) : error;
  });
  if (members[0]?.name !== 'debian-binary') throw bad(file, 'its first member is not debian-binary');
  return members;
}

function findMember(file: string, members: readonly ArMember[], stem: string): ArMember {
  const member = members.find(({ name }) => name === stem || name.startsWith(`${stem}.`));
  if (member === undefined) throw bad(file, `it has no ${stem}`);
  return member;
}

async function readControl(file: string, member: ArMember): Promise<Stanza> {
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
async function* tarEntries(file: string, member: ArMember): AsyncGenerator<DebEntry> {
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

async function readMember(file: string, member: ArMember): Promise<Buffer> {
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

import { entryPath } from '../whiteouts.ts';
import { ByteReader } from './bytes.ts';
import type { EntryType, TarEntry } from './entry.ts';
import { BLOCK, checksumOf, FIELDS, numberAt, padded, textAt } from './tar-header.ts';

/** Extended headers and long names are held in memory. */
const LARGEST_RECORDS = 1 << 20;
const XATTR = 'SCHILY.xattr.';

const TYPES: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  // A contiguous file, which nothing tells from another.
  '7': 'file',
};

/** An entry as it stands in an archive. */
export interface PlacedEntry extends TarEntry {
  /** Where in the archive its content begins. */
  readonly offset: number;
  /** The content of a file. It can be read once, before the next entry; what isn't read is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Reads a tar archive as a stream: ustar, pax (POSIX.1-2017) and GNU's long names, which is what engines write. Libraries read the values of
 * pax records as text, and so damage extended attributes, which hold any bytes.
 *
 * @param archive the bytes, not compressed
 * @throws Error where they are no tar, end in the middle, or hold what a layer can't: a sparse file, a path that leaves the root
 */
export async function* readTar(archive: AsyncIterable<Uint8Array>): AsyncGenerator<PlacedEntry, void, undefined> {
  const reader = new ByteReader(archive);
  const global = new Map<string, string>();
  let local = new Map<string, string>();
  for (;;) {
    const block = await reader.take(BLOCK);
    if (block === undefined || block.every((byte) => byte === 0)) break;
    if (checksumOf(block) !== numberAt(block, FIELDS.checksum)) throw new Error('the checksum of an entry is wrong');
    const letter = textAt(block, FIELDS.type) || '\0';
    const size = numberAt(block, FIELDS.size);
    if ('xgLK'.includes(letter)) {
      const content = await records(reader, size);
      if (letter === 'L' || letter === 'K')
        local.set(letter === 'L' ? 'path' : 'linkpath', content.replace(/\0.*$/s, ''));
      else for (const [key, value] of paxRecords(content)) (letter === 'g' ? global : local).set(key, value);
      continue;
    }
    const header = entryOf(block, letter, new Map([...global, ...local]));
    local = new Map();
    const start = reader.position;
    let opened = false;
    yield {
      ...header,
      offset: start,
      content: {
        [Symbol.asyncIterator]: () => {
          if (opened) throw new Error('the content of an entry is read once');
          opened = true;
          return reader.pieces(header.size);
        },
      },
    };
    await reader.skip(start + padded(header.size) - reader.position);
  }
  // What stands behind the end belongs to the layer's digest, and to nothing else.
  await reader.drain();
}

async function records(reader: ByteReader, size: number): Promise<string> {
  if (size > LARGEST_RECORDS) throw new Error(`the extended header of an entry has ${String(size)} bytes`);
  const content = (await reader.take(padded(size)))?.toString('latin1', 0, size);
  if (content === undefined) throw new Error('the archive ends in the middle');
  return content;
}

/** Records are `<length of the record in decimal> <key>=<value>\n`; values may be any bytes. */
function* paxRecords(content: string): Generator<[key: string, value: string], void, undefined> {
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(' ', at);
    const length = Number(content.slice(at, space));
    const record = content.slice(space + 1, at + length - 1);
    const equals = record.indexOf('=');
    if (space < 0 || !Number.isInteger(length) || length <= 0 || content[at + length - 1] !== '\n' || equals < 1)
      throw new Error('the extended header of an entry is malformed');
    yield [record.slice(0, equals), record.slice(equals + 1)];
    at += length;
  }
}

function entryOf(block: Buffer, letter: string, pax: ReadonlyMap<string, string>): TarEntry {
  const name = pax.get('path') ?? nameOf(block);
  const path = relativePath(name);
  const type = TYPES[letter];
  if (type === undefined || [...pax.keys()].some((key) => key.startsWith('GNU.sparse.')))
    throw new Error(`${name} is of a kind that a layer can't hold (tar type ${JSON.stringify(letter)})`);
  const number = (key: string, field: keyof typeof FIELDS): number => {
    const text = pax.get(key);
    if (text === undefined) return numberAt(block, FIELDS[field]);
    if (!/^\d{1,15}$/.test(text)) throw new Error(`${name}: ${key} is no number: ${JSON.stringify(text)}`);
    return Number(text);
  };
  const target = pax.get('linkpath') ?? textAt(block, FIELDS.linkname);
  const isDevice = type === 'character' || type === 'block';
  return {
    path,
    // Old archives tell a folder by the slash alone.
    type: type === 'file' && name.endsWith('/') ? 'directory' : type,
    // Podman 4.3 leaves the bits of the file's type in it.
    mode: numberAt(block, FIELDS.mode) & 0o7777,
    uid: number('uid', 'uid'),
    gid: number('gid', 'gid'),
    size: type === 'file' ? number('size', 'size') : 0,
    target: type === 'symlink' ? target : type === 'link' ? relativePath(target) : '',
    device: isDevice ? [numberAt(block, FIELDS.devmajor), numberAt(block, FIELDS.devminor)] : [0, 0],
    xattrs: new Map(
      [...pax].flatMap(([key, value]) => (key.startsWith(XATTR) ? [[key.slice(XATTR.length), value] as const] : [])),
    ),
  };
}

function nameOf(block: Buffer): string {
  const name = textAt(block, FIELDS.name);
  // GNU's own format has other things where ustar has the prefix.
  const isUstar = block.toString('latin1', FIELDS.magic.at, FIELDS.magic.at + 6) === 'ustar\0';
  const prefix = isUstar ? textAt(block, FIELDS.prefix) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function relativePath(name: string): string {
  const path = entryPath(name);
  if (path.split('/').some((part) => part === '..' || part === '.' || (part === '' && path !== '')))
    throw new Error(`${JSON.stringify(name)} is no path that a layer can hold`);
  return path;
}

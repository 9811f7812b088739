import type { EntryType, TarEntry } from './entry.ts';
import { BLOCK, checksumOf, FIELDS, largest, padded, writeNumber } from './tar-header.ts';

const LETTERS: Readonly<Record<EntryType, string>> = {
  file: '0',
  link: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
};

/** What an archive ends with. */
export const END_OF_ARCHIVE: Buffer = Buffer.alloc(2 * BLOCK);

/**
 * The header of an entry in the one form that layers have: ustar, and before it a pax header (POSIX.1-2017) for what ustar can't hold, its
 * records in the order of their keys. Owners have numbers and no names, devices no numbers unless they are some.
 *
 * @param entry what it is of; the path of a folder gets a slash
 * @param epoch its time, seconds since 1970
 */
export function entryHeader(entry: TarEntry, epoch: number): Buffer {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const records = new Map<string, string>();
  const text = (key: string, value: string, length: number): string => {
    if (value.length <= length && isAscii(value)) return value;
    records.set(key, value);
    return '';
  };
  const number = (key: string, value: number, field: (typeof FIELDS)['uid' | 'gid' | 'size' | 'mtime']): number => {
    if (value <= largest(field)) return value;
    records.set(key, String(value));
    return 0;
  };
  const block = Buffer.alloc(BLOCK);
  block.write(text('path', path, FIELDS.name.length), FIELDS.name.at, 'latin1');
  block.write(text('linkpath', entry.target, FIELDS.linkname.length), FIELDS.linkname.at, 'latin1');
  writeNumber(block, FIELDS.mode, entry.mode);
  writeNumber(block, FIELDS.uid, number('uid', entry.uid, FIELDS.uid));
  writeNumber(block, FIELDS.gid, number('gid', entry.gid, FIELDS.gid));
  writeNumber(block, FIELDS.size, number('size', entry.size, FIELDS.size));
  writeNumber(block, FIELDS.mtime, number('mtime', epoch, FIELDS.mtime));
  writeNumber(block, FIELDS.devmajor, entry.device[0]);
  writeNumber(block, FIELDS.devminor, entry.device[1]);
  finish(block, LETTERS[entry.type]);
  for (const [name, value] of entry.xattrs) records.set(`SCHILY.xattr.${name}`, value);
  return records.size === 0 ? block : Buffer.concat([paxHeader(records, epoch), block]);
}

/** The bytes that fill the last block of a content. */
export function padding(size: number): Buffer {
  return Buffer.alloc(padded(size) - size);
}

function paxHeader(records: ReadonlyMap<string, string>, epoch: number): Buffer {
  const content = [...records]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, value]) => record(key, value))
    .join('');
  const block = Buffer.alloc(BLOCK);
  block.write('pax', FIELDS.name.at, 'latin1');
  writeNumber(block, FIELDS.mode, 0o644);
  for (const field of [FIELDS.uid, FIELDS.gid, FIELDS.devmajor, FIELDS.devminor]) writeNumber(block, field, 0);
  writeNumber(block, FIELDS.size, content.length);
  writeNumber(block, FIELDS.mtime, Math.min(epoch, largest(FIELDS.mtime)));
  finish(block, 'x');
  return Buffer.concat([block, Buffer.from(content, 'latin1'), padding(content.length)]);
}

/** The length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return `${String(length)}${rest}`;
}

function finish(block: Buffer, letter: string): void {
  block.write(letter, FIELDS.type.at, 'latin1');
  block.write('ustar\x0000', FIELDS.magic.at, 'latin1');
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, FIELDS.checksum.at, 'latin1');
}

function isAscii(text: string): boolean {
  return Buffer.from(text, 'latin1').every((byte) => byte < 0x80);
}

import { createHash } from 'node:crypto';
import type { Header } from 'tar-stream';
import { isStringMap } from '../parse.ts';
import type { Digest } from '../types.ts';
import type { LayerEntry } from '../layer-entries.ts';
import type { FieldDifference } from './types.ts';

/** What is kept of an entry: everything but its content. */
export interface EntrySummary {
  readonly type: string;
  /** The other fields as a person reads them, by name. */
  readonly fields: Readonly<Record<string, string>>;
  /** of the content of a file */
  readonly digest?: Digest;
}

// Those that the header already carries.
const IN_HEADER = new Set(['path', 'linkpath', 'size']);
const XATTR = 'SCHILY.xattr.';

/**
 * Sums up the entries of a tar, in its order.
 *
 * @param entries see `layerEntries`
 * @returns by name. Of a name that comes twice the last counts, as when the tar is unpacked.
 */
export async function summarise(entries: AsyncIterable<LayerEntry>): Promise<Map<string, EntrySummary>> {
  const found = new Map<string, EntrySummary>();
  for await (const { header, content } of entries) {
    const { type } = header;
    const digest = type === 'file' ? { digest: await digestOfContent(content) } : {};
    found.set(header.name, { type, fields: fieldsOf(header), ...digest });
  }
  return found;
}

/** The fields in which two entries differ, in a fixed order. */
export function fieldDifferences(first: EntrySummary, second: EntrySummary): FieldDifference[] {
  const one: Record<string, string> = { type: first.type, ...first.fields };
  const other: Record<string, string> = { type: second.type, ...second.fields };
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names]
    .filter((name) => one[name] !== other[name])
    .map((field) => ({
      field,
      ...(one[field] === undefined ? {} : { first: one[field] }),
      ...(other[field] === undefined ? {} : { second: other[field] }),
    }));
}

async function digestOfContent(content: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return `sha256:${hash.digest('hex')}`;
}

function fieldsOf(header: Header): Record<string, string> {
  const { mode, uid, gid, uname, gname, size, mtime, linkname, devmajor, devminor, pax } = header;
  const device = header.type === 'character-device' || header.type === 'block-device';
  return {
    mode: mode.toString(8).padStart(4, '0'),
    uid: String(uid),
    gid: String(gid),
    ...(uname ? { user: uname } : {}),
    ...(gname ? { group: gname } : {}),
    size: String(size),
    mtime: mtime.toISOString(),
    ...(linkname ? { 'link target': linkname } : {}),
    ...(device ? { device: `${String(devmajor)}:${String(devminor)}` } : {}),
    ...Object.fromEntries(
      Object.entries(isStringMap(pax) ? pax : {})
        .filter(([key]) => !IN_HEADER.has(key))
        .map(([key, value]) => [
          key.startsWith(XATTR) ? `xattr ${key.slice(XATTR.length)}` : `pax ${key}`,
          JSON.stringify(value),
        ]),
    ),
  };
}

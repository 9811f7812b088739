/** Bytes of a block of a tar archive. */
export const BLOCK = 512;

interface Field {
  readonly at: number;
  readonly length: number;
}

/** Where the fields of a ustar header lie (POSIX.1-2017, pax, "ustar Interchange Format"). */
export const FIELDS = {
  name: { at: 0, length: 100 },
  mode: { at: 100, length: 8 },
  uid: { at: 108, length: 8 },
  gid: { at: 116, length: 8 },
  size: { at: 124, length: 12 },
  mtime: { at: 136, length: 12 },
  checksum: { at: 148, length: 8 },
  type: { at: 156, length: 1 },
  linkname: { at: 157, length: 100 },
  magic: { at: 257, length: 8 },
  devmajor: { at: 329, length: 8 },
  devminor: { at: 337, length: 8 },
  prefix: { at: 345, length: 155 },
} as const satisfies Readonly<Record<string, Field>>;

/** The length of a content with what fills its last block. */
export function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** The bytes of a text field up to the first NUL, one character for each byte. */
export function textAt(block: Buffer, { at, length }: Field): string {
  const text = block.toString('latin1', at, at + length);
  const end = text.indexOf('\0');
  return end === -1 ? text : text.slice(0, end);
}

/**
 * A number field: octal digits or, where the first bit is set, GNU's binary form.
 *
 * @throws Error where it is neither, negative, or larger than a number can be exact
 */
export function numberAt(block: Buffer, field: Field): number {
  const bytes = block.subarray(field.at, field.at + field.length);
  const text = textAt(block, field).trim();
  const binary = ((bytes[0] ?? 0) & 0x80) !== 0;
  const value = binary
    ? bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, (bytes[0] ?? 0) & 0x7f)
    : /^[0-7]*$/.test(text)
      ? Number.parseInt(text === '' ? '0' : text, 8)
      : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw new Error(`a number of an entry's header can't be read: ${JSON.stringify(text)}`);
  return value;
}

/** The largest number that a field holds as octal digits. */
export function largest({ length }: Field): number {
  return 8 ** (length - 1) - 1;
}

/** Writes a number as octal digits with a NUL behind them. */
export function writeNumber(block: Buffer, { at, length }: Field, value: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
}

/** The sum of all bytes of a header, those of the field itself counted as blanks. */
export function checksumOf(block: Buffer): number {
  const { at, length } = FIELDS.checksum;
  let sum = 0;
  for (let index = 0; index < BLOCK; index += 1) sum += index >= at && index < at + length ? 0x20 : (block[index] ?? 0);
  return sum;
}

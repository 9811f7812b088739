import { Transform, type TransformCallback } from 'node:stream';

const BLOCK = 512;
const SIZE = { at: 124, length: 12 };
const MTIME = { at: 136, length: 12 };
const CHECKSUM = { at: 148, length: 8 };
const TYPE_AT = 156;
const MOST_RECORDS = 16 << 20;

/** Entries that only describe the next one: their own time is never seen. */
const DESCRIBING = new Set(['x', 'g', 'L', 'K']);
const TIME_RECORD = /^\d+ (?:mtime|atime|ctime)=/;

/**
 * Sets the time of every entry of a tar stream (POSIX.1-2001, ustar and pax) and changes no other byte. An archive whose times are all the
 * given one passes as it is. A library that reads and writes archives anew would not keep binary extended attributes.
 *
 * @param epoch seconds since 1970
 * @returns a stream; fails with an Error on extended headers of more than 16 MiB
 */
export function settingTimes(epoch: number): Transform {
  return new TimeSetter(epoch);
}

class TimeSetter extends Transform {
  readonly #epoch: number;
  /** Bytes that don't make a whole block yet. */
  #pending: Buffer = Buffer.alloc(0);
  /** Bytes of content, padding included, that pass. */
  #passing = 0;
  /** A pax header whose records are being collected. */
  #header: Buffer | undefined;
  #ended = false;

  constructor(epoch: number) {
    super();
    this.#epoch = epoch;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
      while (this.#step());
      done();
    } catch (error) {
      done(error as Error);
    }
  }

  override _flush(done: TransformCallback): void {
    if (this.#header !== undefined) this.push(this.#header);
    if (this.#pending.length > 0) this.push(this.#pending);
    done();
  }

  /** Handles what is there of one part; false: more has to come first. */
  #step(): boolean {
    if (this.#ended || this.#passing > 0) {
      const taken = this.#take(this.#ended ? this.#pending.length : this.#passing);
      this.#passing -= Math.min(this.#passing, taken.length);
      if (taken.length > 0) this.push(taken);
      return taken.length > 0;
    }
    if (this.#header !== undefined) return this.#records(this.#header);
    if (this.#pending.length < BLOCK) return false;
    const block = Buffer.from(this.#take(BLOCK));
    if (block.every((byte) => byte === 0)) {
      this.#ended = true;
      this.push(block);
      return true;
    }
    const type = String.fromCharCode(block[TYPE_AT] ?? 0);
    const size = numberAt(block, SIZE);
    if (type === 'x' || type === 'g') {
      if (size > MOST_RECORDS) throw new Error(`the extended header of an entry is too large: ${String(size)} bytes`);
      this.#header = block;
      return true;
    }
    if (!DESCRIBING.has(type) && numberAt(block, MTIME) !== this.#epoch) {
      writeNumber(block, MTIME, this.#epoch);
      writeChecksum(block);
    }
    this.#passing = padded(size);
    this.push(block);
    return true;
  }

  #records(header: Buffer): boolean {
    const size = numberAt(header, SIZE);
    if (this.#pending.length < padded(size)) return false;
    const content = Buffer.from(this.#take(padded(size)));
    this.#header = undefined;
    const kept = withoutTimes(content.subarray(0, size));
    if (kept.length === size) {
      this.push(header);
      this.push(content);
    } else if (kept.length > 0) {
      writeNumber(header, SIZE, kept.length);
      writeChecksum(header);
      this.push(header);
      this.push(Buffer.concat([kept, Buffer.alloc(padded(kept.length) - kept.length)]));
    }
    return true;
  }

  #take(length: number): Buffer {
    const taken = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(taken.length);
    return taken;
  }
}

/** pax records are `<length of the record in decimal> <key>=<value>\n`; values may be any bytes. */
function withoutTimes(records: Buffer): Buffer {
  const kept: Buffer[] = [];
  for (let at = 0; at < records.length;) {
    const space = records.indexOf(' ', at);
    const length = Number(records.toString('latin1', at, space));
    // What is no record is none of ours to judge.
    if (space < 0 || !Number.isInteger(length) || length <= 0) return records;
    const record = records.subarray(at, at + length);
    if (!TIME_RECORD.test(record.toString('latin1', 0, 32))) kept.push(record);
    at += length;
  }
  return Buffer.concat(kept);
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** Octal digits, or where the first bit is set, GNU's binary form. */
function numberAt(block: Buffer, { at, length }: { at: number; length: number }): number {
  const field = block.subarray(at, at + length);
  if (((field[0] ?? 0) & 0x80) === 0) return parseInt(field.toString('latin1').replace(/\0.*$/s, '').trim() || '0', 8);
  return field.subarray(1).reduce((value, byte) => value * 256 + byte, 0);
}

/** Octal digits up to the byte that ends the field, a blank or NUL: that stays the writer's. */
function writeNumber(block: Buffer, { at, length }: { at: number; length: number }, value: number): void {
  const last = at + length - 1;
  block.write(value.toString(8).padStart(length - 1, '0'), at, length - 1, 'latin1');
  if (block[last] !== 0x20) block[last] = 0;
}

/** The sum of all bytes with the field itself as blanks: six octal digits, and two bytes that end them, which stay the writer's. */
function writeChecksum(block: Buffer): void {
  const { at, length } = CHECKSUM;
  const end = block.toString('latin1', at + length - 2, at + length);
  block.fill(' ', at, at + length);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(
    `${sum.toString(8).padStart(length - 2, '0')}${/^[\0 ]{2}$/.test(end) ? end : '\0 '}`,
    at,
    length,
    'latin1',
  );
}

/** What one kind of processor runs: its number in ELF, and the machine code of `exit(0)`. */
interface Machine {
  readonly number: number;
  readonly bits: 32 | 64;
  readonly bigEndian?: boolean;
  readonly flags?: number;
  /** In hexadecimal, as it lies in memory. */
  readonly code: string;
}

// Each sets the number of the system call `exit` and its argument 0, and calls the kernel.
const MACHINES: Readonly<Record<string, Machine>> = {
  amd64: { number: 62, bits: 64, code: 'b83c000000 31ff 0f05' },
  arm64: { number: 183, bits: 64, code: 'a80b80d2 000080d2 010000d4' },
  arm: { number: 40, bits: 32, flags: 0x05000000, code: '0170a0e3 0000a0e3 000000ef' },
  '386': { number: 3, bits: 32, code: 'b801000000 31db cd80' },
  ppc64le: { number: 21, bits: 64, flags: 2, code: '01000038 00006038 02000044' },
  s390x: { number: 22, bits: 64, bigEndian: true, code: 'a7290000 0a01' },
  riscv64: { number: 243, bits: 64, code: '9308d005 13050000 73000000' },
};

const ADDRESS = 0x400000;
/** Of the largest pages that a kernel of these processors has. */
const ALIGNMENT = 0x10000;

/**
 * A program that needs nothing, a C library no more than a shell, and ends with 0: an ELF executable of one segment, without sections.
 *
 * @param platform `os/architecture[/variant]`
 * @returns its bytes
 * @throws {RangeError} an architecture that Dockyard has no images of
 */
export function smallestProgram(platform: string): Buffer {
  const machine = MACHINES[platform.split('/')[1] ?? ''];
  if (machine === undefined) throw new RangeError(`There is no smallest program for ${platform}.`);
  const code = Buffer.from(machine.code.replaceAll(' ', ''), 'hex');
  const wide = machine.bits === 64;
  const [header, segment] = wide ? [64, 56] : [52, 32];
  const start = header + segment;
  const size = start + code.length;
  const identity = [0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, machine.bigEndian === true ? 2 : 1, 1];

  const fields = new Fields(machine);
  fields.bytes(Buffer.concat([Buffer.from(identity)], 16));
  fields.half(2).half(machine.number).word(1);
  fields
    .long(ADDRESS + start)
    .long(header)
    .long(0)
    .word(machine.flags ?? 0);
  fields.half(header).half(segment).half(1).half(0).half(0).half(0);
  // Loaded whole, to be read and run.
  fields.word(1);
  if (wide) fields.word(5);
  fields.long(0).long(ADDRESS).long(ADDRESS).long(size).long(size);
  if (!wide) fields.word(5);
  fields.long(ALIGNMENT);
  return Buffer.concat([fields.written(), code]);
}

/** Writes numbers in the order of bytes, and the width, of a machine. */
class Fields {
  readonly #machine: Machine;
  readonly #parts: Buffer[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  bytes(bytes: Buffer): this {
    this.#parts.push(bytes);
    return this;
  }

  half(value: number): this {
    return this.#number(value, 2);
  }

  word(value: number): this {
    return this.#number(value, 4);
  }

  /** As wide as an address. */
  long(value: number): this {
    return this.#number(value, this.#machine.bits / 8);
  }

  written(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #number(value: number, width: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(value));
    const own = bytes.subarray(0, width);
    return this.bytes(this.#machine.bigEndian === true ? own.reverse() : own);
  }
}

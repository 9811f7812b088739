/** What rules want to know of a program or library. */
export interface Elf {
  readonly bits: 32 | 64;
  readonly endian: 'little' | 'big';
  /** e_machine. */
  readonly machine: number;
  /** `static` has no interpreter and names no library; `other` is an object file, a core and the like. */
  readonly kind: 'executable' | 'library' | 'other';
  /** Whether it can be loaded at any address. */
  readonly relocatable: boolean;
  readonly interpreter?: string;
  readonly needed: readonly string[];
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  /** Whether part of its data is made read-only once it is linked (PT_GNU_RELRO), and whether all symbols are bound by then. */
  readonly relro: boolean;
  readonly bindsNow: boolean;
  readonly dynamic: boolean;
  /** Whether it asks for a stack that can be executed; also where it says nothing. */
  readonly executableStack: boolean;
  /** Names of the symbols that it takes from others; none where it has no table of them. */
  readonly imports: readonly string[];
  /** How many instructions say where jumps may lead to: `endbr64`, or `bti` and `paciasp`. */
  readonly branchTargets: number;
  /** Bytes that can be executed. */
  readonly code: number;
  /** Sections that only debuggers read: `.symtab`, `.debug_info`. */
  readonly debugSections: readonly string[];
}

const PT = { load: 1, dynamic: 2, interp: 3, gnuStack: 0x6474e551, gnuRelro: 0x6474e552 };
const DT = { needed: 1, strtab: 5, soname: 14, rpath: 15, bindNow: 24, runpath: 29, flags: 30, flags1: 0x6ffffffb };
const SHT = { symtab: 2, dynsym: 11 };
const ET = { exec: 2, dyn: 3 };
const DF_BIND_NOW = 8;
const DF_1_NOW = 1;
const DF_1_PIE = 0x08000000;
const PF_X = 1;
/** By e_machine: endbr64; bti c, bti jc and paciasp. */
const BRANCH_TARGETS: Readonly<Record<number, readonly Buffer[]>> = {
  62: [Buffer.from('f30f1efa', 'hex')],
  183: ['5f2403d5', 'df2403d5', '3f2303d5'].map((code) => Buffer.from(code, 'hex')),
};

/** Whether a file begins as ELF files do. */
export function isElf(head: Uint8Array): boolean {
  return head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/**
 * Reads an ELF file, as the System V ABI and its GNU extensions define it.
 *
 * @param bytes the whole file
 * @returns undefined where it is none, or damaged
 */
export function readElf(bytes: Uint8Array): Elf | undefined {
  if (!isElf(bytes)) return undefined;
  try {
    return new Reader(bytes).read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

interface Section {
  readonly name: number;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly entry: number;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #wide: boolean;
  readonly #little: boolean;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#wide = bytes[4] === 2;
    this.#little = bytes[5] === 1;
  }

  read(): Elf {
    const type = this.#u16(16);
    const segments = this.#segments();
    const sections = this.#sections();
    const names = sections[this.#u16(this.#wide ? 62 : 50)];
    const dynamic = this.#dynamic(segments);
    const strings = dynamic.find(([tag]) => tag === DT.strtab)?.[1];
    const table = strings === undefined ? undefined : offsetOf(strings, segments);
    const texts = (tag: number): string[] =>
      table === undefined
        ? []
        : dynamic.flatMap(([found, value]) => (found === tag ? [this.#text(table + value)] : []));
    const value = (tag: number): number => dynamic.find(([found]) => found === tag)?.[1] ?? 0;
    const interpreter = segments.find((segment) => segment.type === PT.interp);
    const pie = (value(DT.flags1) & DF_1_PIE) !== 0;
    const executable =
      type === ET.exec || (type === ET.dyn && (pie || (interpreter !== undefined && texts(DT.soname).length === 0)));
    const stack = segments.find((segment) => segment.type === PT.gnuStack);
    const paths = (tag: number): string[] => texts(tag).flatMap((text) => text.split(':').filter((one) => one !== ''));
    return {
      bits: this.#wide ? 64 : 32,
      endian: this.#little ? 'little' : 'big',
      machine: this.#u16(18),
      kind: executable ? 'executable' : type === ET.dyn ? 'library' : 'other',
      relocatable: type === ET.dyn,
      ...(interpreter !== undefined && { interpreter: this.#text(interpreter.offset) }),
      needed: texts(DT.needed),
      rpath: paths(DT.rpath),
      runpath: paths(DT.runpath),
      relro: segments.some((segment) => segment.type === PT.gnuRelro),
      bindsNow:
        dynamic.some(([tag]) => tag === DT.bindNow) ||
        (value(DT.flags) & DF_BIND_NOW) !== 0 ||
        (value(DT.flags1) & DF_1_NOW) !== 0,
      dynamic: dynamic.length > 0,
      executableStack: stack === undefined || (stack.flags & PF_X) !== 0,
      imports: this.#imports(sections),
      branchTargets: this.#branchTargets(segments),
      code: segments.reduce(
        (sum, { type, flags, size }) => sum + (type === PT.load && (flags & PF_X) !== 0 ? size : 0),
        0,
      ),
      debugSections:
        names === undefined
          ? []
          : sections.flatMap((section) => {
              const name = this.#text(names.offset + section.name);
              return section.type === SHT.symtab || name === '.debug_info' ? [name] : [];
            }),
    };
  }

  #segments(): Segment[] {
    const start = this.#word(this.#wide ? 32 : 28);
    const size = this.#u16(this.#wide ? 54 : 42);
    return Array.from({ length: this.#u16(this.#wide ? 56 : 44) }, (_, index) => {
      const at = start + index * size;
      return this.#wide
        ? {
            type: this.#u32(at),
            flags: this.#u32(at + 4),
            offset: this.#word(at + 8),
            address: this.#word(at + 16),
            size: this.#word(at + 32),
          }
        : {
            type: this.#u32(at),
            flags: this.#u32(at + 24),
            offset: this.#u32(at + 4),
            address: this.#u32(at + 8),
            size: this.#u32(at + 16),
          };
    });
  }

  #sections(): Section[] {
    const start = this.#word(this.#wide ? 40 : 32);
    if (start === 0) return [];
    const size = this.#u16(this.#wide ? 58 : 46);
    return Array.from({ length: this.#u16(this.#wide ? 60 : 48) }, (_, index) => {
      const at = start + index * size;
      const word = this.#wide ? 8 : 4;
      const offset = at + 8 + 2 * word;
      return {
        name: this.#u32(at),
        type: this.#u32(at + 4),
        offset: this.#word(offset),
        size: this.#word(offset + word),
        link: this.#u32(offset + 2 * word),
        entry: this.#word(offset + 2 * word + 8 + word),
      };
    });
  }

  #dynamic(segments: readonly Segment[]): (readonly [tag: number, value: number])[] {
    const segment = segments.find(({ type }) => type === PT.dynamic);
    if (segment === undefined) return [];
    const word = this.#wide ? 8 : 4;
    const entries: (readonly [number, number])[] = [];
    for (let at = segment.offset; at < segment.offset + segment.size; at += 2 * word) {
      const tag = this.#word(at);
      if (tag === 0) break;
      entries.push([tag, this.#word(at + word)]);
    }
    return entries;
  }

  #imports(sections: readonly Section[]): string[] {
    const symbols = sections.find(({ type }) => type === SHT.dynsym);
    const strings = symbols === undefined ? undefined : sections[symbols.link];
    if (symbols === undefined || strings === undefined || symbols.entry === 0) return [];
    const found: string[] = [];
    for (let at = symbols.offset; at < symbols.offset + symbols.size; at += symbols.entry) {
      const section = this.#u16(at + (this.#wide ? 6 : 14));
      const name = this.#u32(at);
      if (section === 0 && name !== 0) found.push(this.#text(strings.offset + name));
    }
    return found;
  }

  /**
   * The instructions, and not the note that the linker leaves (GNU_PROPERTY_…_FEATURE_1_AND): it is gone as soon as one object
   * lacks it, and those of Debian's C library, which are in every program, do.
   */
  #branchTargets(segments: readonly Segment[]): number {
    const patterns = BRANCH_TARGETS[this.#u16(18)] ?? [];
    const bytes = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
    let count = 0;
    for (const { type, flags, offset, size } of segments) {
      if (type !== PT.load || (flags & PF_X) === 0) continue;
      const code = bytes.subarray(offset, offset + size);
      for (const pattern of patterns) {
        for (let at = code.indexOf(pattern); at !== -1; at = code.indexOf(pattern, at + pattern.length)) count += 1;
      }
    }
    return count;
  }

  #text(at: number): string {
    const end = this.#bytes.indexOf(0, at);
    if (at < 0 || end === -1) throw new RangeError('a text of the file has no end');
    return Buffer.from(this.#bytes.subarray(at, end)).toString('utf8');
  }

  #u16(at: number): number {
    return this.#view.getUint16(at, this.#little);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  /** A word of the file's own width. */
  #word(at: number): number {
    return this.#wide ? Number(this.#view.getBigUint64(at, this.#little)) : this.#u32(at);
  }
}

function offsetOf(address: number, segments: readonly Segment[]): number | undefined {
  const segment = segments.find(
    ({ type, address: start, size }) => type === PT.load && start <= address && address < start + size,
  );
  return segment === undefined ? undefined : segment.offset + address - segment.address;
}

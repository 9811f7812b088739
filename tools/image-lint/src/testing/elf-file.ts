/** What a made-up program or library says of itself. */
export interface ElfOptions {
  readonly machine?: number;
  readonly bits?: 32 | 64;
  readonly type?: 'exec' | 'dyn' | 'rel';
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly runpath?: string;
  readonly rpath?: string;
  readonly pie?: boolean;
  readonly relro?: boolean;
  readonly now?: boolean;
  readonly executableStack?: boolean;
  readonly imports?: readonly string[];
  readonly symtab?: boolean;
  /** Bytes of code, and how many of its instructions are endbr64. */
  readonly code?: number;
  readonly marks?: number;
}

/** A library as the toolchain makes it; what a test is about is said in the options. */
export function elfFile(o: ElfOptions = {}): Buffer {
  const { bits = 64, relro = true, now = true, code = 16, imports = [], needed = [] } = o;
  const wide = bits === 64;
  const word = wide ? 8 : 4;
  const words = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * word);
    values.forEach((value, at) =>
      wide ? bytes.writeBigUInt64LE(BigInt(value), at * 8) : bytes.writeUInt32LE(value, at * 4),
    );
    return bytes;
  };
  const u32 = (...values: number[]): Buffer =>
    Buffer.concat(
      values.map((value) => {
        const b = Buffer.alloc(4);
        b.writeUInt32LE(value);
        return b;
      }),
    );
  const u16 = (...values: number[]): Buffer =>
    Buffer.concat(
      values.map((value) => {
        const b = Buffer.alloc(2);
        b.writeUInt16LE(value);
        return b;
      }),
    );

  let strings = '\0';
  const name = (text: string): number => {
    const at = strings.length;
    strings += `${text}\0`;
    return at;
  };
  const [runpath, rpath] = [o.runpath, o.rpath].map((path) => (path === undefined ? [] : [name(path)]));
  const libraries = needed.map(name);
  const symbols = imports.map(name);
  const sectionNames = { dynsym: name('.dynsym'), dynstr: name('.dynstr'), symtab: name('.symtab') };

  const text = Buffer.alloc(code, 0x90);
  for (let at = 0; at < (o.marks ?? 0); at += 1) text.write('f30f1efa', at * 4, 'hex');
  const strtab = Buffer.from(strings);
  // At offset and address alike, so that one is the other.
  const headers = wide ? 64 : 52;
  const entry = wide ? 56 : 32;
  const count = 5 + (o.interpreter === undefined ? 0 : 1);
  let at = headers + count * entry;
  const place = (body: Buffer): number => {
    const start = at;
    at += body.length;
    return start;
  };
  const textAt = place(text);
  const strtabAt = place(strtab);
  const symbol = (nameAt: number): Buffer =>
    wide ? Buffer.concat([u32(nameAt), Buffer.alloc(20)]) : Buffer.concat([u32(nameAt), Buffer.alloc(12)]);
  const dynsym = Buffer.concat([0, ...symbols].map(symbol));
  const dynsymAt = place(dynsym);
  const dynamic = Buffer.concat([
    words(5, strtabAt),
    ...libraries.map((library) => words(1, library)),
    ...(runpath ?? []).map((path) => words(29, path)),
    ...(rpath ?? []).map((path) => words(15, path)),
    ...(now ? [words(30, 8)] : []),
    ...(o.pie === true ? [words(0x6ffffffb, 0x08000000)] : []),
    words(0, 0),
  ]);
  const dynamicAt = place(dynamic);
  const interp = Buffer.from(`${o.interpreter ?? ''}\0`);
  const interpAt = place(interp);
  const header = (type: number, flags: number, offset: number, size: number): Buffer =>
    wide
      ? Buffer.concat([u32(type, flags), words(offset, offset, offset, size, size, 8)])
      : u32(type, offset, offset, offset, size, size, flags, 4);
  const programHeaders = Buffer.concat([
    header(1, 5, textAt, text.length),
    header(1, 6, strtabAt, at - strtabAt),
    header(2, 6, dynamicAt, dynamic.length),
    header(0x6474e551, o.executableStack === true ? 7 : 6, 0, 0),
    header(relro ? 0x6474e552 : 0, 4, 0, 0),
    ...(o.interpreter === undefined ? [] : [header(3, 4, interpAt, interp.length)]),
  ]);
  const section = (nameAt: number, type: number, offset: number, size: number, link: number, each: number): Buffer =>
    Buffer.concat([u32(nameAt, type), words(0, 0, offset, size), u32(link, 0), words(8, each)]);
  const sections = [
    section(0, 0, 0, 0, 0, 0),
    section(sectionNames.dynsym, 11, dynsymAt, dynsym.length, 2, wide ? 24 : 16),
    section(sectionNames.dynstr, 3, strtabAt, strtab.length, 0, 0),
    ...(o.symtab === true ? [section(sectionNames.symtab, 2, 0, 0, 2, wide ? 24 : 16)] : []),
  ];
  const ident = Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const elfHeader = Buffer.concat([
    ident,
    u16({ rel: 1, exec: 2, dyn: 3 }[o.type ?? 'dyn'], o.machine ?? 62),
    u32(1),
    words(0, headers, at),
    u32(0),
    u16(headers, entry, count, sections[0]?.length ?? 0, sections.length, 2),
  ]);
  return Buffer.concat([elfHeader, programHeaders, text, strtab, dynsym, dynamic, interp, ...sections]);
}

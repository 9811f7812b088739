import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';

const OUTPUT = /^(?:\.\/)?dist\/images\/([^/]+)\/(?:([^/]+)\/(image|artifacts|test)|index)(?:\.json)?(?:\/|$)/;

/** Where all outputs of this repository's tasks lie. */
const OUTPUTS = 'dist';
/** What Nx keeps of a task beside its outputs. */
const TERMINAL_OUTPUT = 'terminalOutput';
const EXIT_CODE = 'code';
/** What our tasks note beside what they made; written last, so that one which is cut off stands for an output that is. */
const RECORD = /^dist\/images\/[^/]+\/(?:[^/]+\/(?:image|artifacts|test)|index)\.json$/;
const MOST_RECORD = 4 * 2 ** 20;
/** Bytes of all files of an entry; it would have to be unpacked by Nx, which has no limit. */
const MOST_UNPACKED = 64 * 2 ** 30;

/** What an entry is of, for those who list the cache. */
export interface EntryDescription {
  readonly project: string;
  /** Such as `compile:amd64`. */
  readonly target: string;
  /** Arch suffix; absent where the target is of no single platform. */
  readonly arch?: string;
}

/** What {@link readEntry} found. */
export type EntryReading =
  | {
      readonly ok: true;
      /** Absent where it holds no output of an image project. */
      readonly of?: EntryDescription;
    }
  | {
      readonly ok: false;
      /** What is wrong with it, to follow "it". */
      readonly why: string;
    };

/** Names the task that wrote an output of an image project; undefined for another path. */
export function describeOutput(path: string): EntryDescription | undefined {
  const [, project, arch, kind] = OUTPUT.exec(path) ?? [];
  if (project === undefined) return undefined;
  if (arch === undefined || kind === undefined) return { project, target: 'image' };
  return { project, arch, target: `${kind === 'artifacts' ? 'compile' : kind}:${arch}` };
}

/**
 * Reads an entry of Nx's cache through to its end: a gzipped tar of a task's outputs, what it printed, and its exit code. Nx fails the run over
 * one that it can't unpack, and takes what it can; so nothing is handed to it that isn't such an entry, with nothing but outputs in it.
 *
 * @param file absolute path
 * @returns what it is of, which Nx's protocol doesn't tell, or what is wrong with it
 * @throws {NodeJS.ErrnoException} the file itself can't be read
 */
export async function readEntry(file: string): Promise<EntryReading> {
  const source = createReadStream(file);
  let unreadable: Error | undefined;
  const gunzip = createGunzip();
  // Nx writes its own two with headers of the seventh edition of Unix, which have no magic; their checksum is checked all the same.
  // The option is documented, and missing in the types.
  const entries = extract({ allowUnknownFormat: true } as object);
  source.on('error', (error) => {
    unreadable = error;
    gunzip.destroy(error);
  });
  gunzip.on('error', (error) => {
    entries.destroy(error);
  });
  source.pipe(gunzip).pipe(entries);
  try {
    const found = new Set<string>();
    let of: EntryDescription | undefined;
    let unpacked = 0;
    for await (const entry of entries) {
      const { header } = entry;
      const name = nameOf(header);
      if (name === undefined) return { ok: false, why: `holds ${JSON.stringify(header.name)}, which is no output` };
      found.add(name);
      of ??= describeOutput(name);
      let content = 0;
      let isZero = true;
      const record: Uint8Array[] = [];
      for await (const chunk of entry as AsyncIterable<Uint8Array>) {
        content += chunk.length;
        unpacked += chunk.length;
        if (unpacked > MOST_UNPACKED) return { ok: false, why: `holds more than ${String(MOST_UNPACKED)} bytes` };
        if (RECORD.test(name) && content <= MOST_RECORD) record.push(chunk);
        // A number of Nx's native code; older versions wrote it as text.
        if (name === EXIT_CODE) isZero &&= chunk.every((byte) => byte === 0) || Buffer.from(chunk).toString() === '0';
      }
      if (RECORD.test(name) && !isObject(Buffer.concat(record).toString()))
        return { ok: false, why: `holds ${name}, which is damaged` };
      if (name === EXIT_CODE && (content === 0 || !isZero)) return { ok: false, why: 'is of a task that failed' };
    }
    for (const name of [TERMINAL_OUTPUT, EXIT_CODE]) if (!found.has(name)) return { ok: false, why: `lacks ${name}` };
    return { ok: true, ...(of !== undefined && { of }) };
  } catch (error) {
    if (unreadable !== undefined) throw unreadable;
    return { ok: false, why: `can't be unpacked: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

/** The path of a file or folder that an entry may hold. */
function nameOf({ name, type }: Header): string | undefined {
  if (type !== 'file' && type !== 'contiguous-file' && type !== 'directory') return undefined;
  const [first = '', ...others] = name.replace(/^\.\//, '').replace(/\/$/, '').split('/');
  const path = [first, ...others];
  if (others.length === 0 && (first === TERMINAL_OUTPUT || first === EXIT_CODE)) return first;
  // eslint-disable-next-line no-control-regex -- a name may hold any character
  const isPlain = path.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\u0000-\u001f]/.test(part));
  return first === OUTPUTS && isPlain ? path.join('/') : undefined;
}

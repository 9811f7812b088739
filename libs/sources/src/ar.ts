import { type FileHandle, open } from 'node:fs/promises';

const MAGIC = '!<arch>\n';
const MEMBER_HEADER = 60;

/** One member of an ar archive. */
export interface ArMember {
  readonly name: string;
  /** Its time, in seconds since 1970. */
  readonly time: number;
  /** Where its bytes begin in the file, and how many they are. */
  readonly start: number;
  readonly size: number;
}

/** What is wrong with an archive; the caller knows what it should have been. */
export class ArError extends Error {}

/**
 * Lists the members of an ar archive (ar(5)) without reading them.
 *
 * @param file path of the archive
 * @throws {ArError} it is none, damaged or truncated
 * @throws {NodeJS.ErrnoException} it can't be read
 */
export async function readArMembers(file: string): Promise<ArMember[]> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    if ((await readText(handle, 0, MAGIC.length)) !== MAGIC) throw new ArError('it is no ar archive');
    const members: ArMember[] = [];
    for (let at = MAGIC.length; at < size;) {
      const header = await readText(handle, at, MEMBER_HEADER);
      const [time, bytes] = [Number(header.slice(16, 28).trim()), Number(header.slice(48, 58).trim())];
      const whole = [time, bytes].every((value) => Number.isSafeInteger(value) && value >= 0);
      if (header.length < MEMBER_HEADER || !header.endsWith('`\n') || !whole)
        throw new ArError(`a member header is damaged at byte ${at}`);
      const start = at + MEMBER_HEADER;
      if (start + bytes > size) throw new ArError(`it is truncated: ${start + bytes} bytes expected, ${size} found`);
      members.push({ name: header.slice(0, 16).trim().replace(/\/$/, ''), time, start, size: bytes });
      at = start + bytes + (bytes % 2);
    }
    return members;
  } finally {
    await handle.close();
  }
}

async function readText(handle: FileHandle, position: number, length: number): Promise<string> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.toString('latin1', 0, bytesRead);
}

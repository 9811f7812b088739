import { open, readFile, stat } from 'node:fs/promises';
import { structuredPatch } from 'diff';
import type { ContentDifference } from './types.ts';

// What a person still reads, and the library still compares at once.
const TEXT_BYTES = 256 * 1024;
const TEXT_EDITS = 1000;
const TEXT_LINES = 12;
const CONTEXT_BYTES = 8;
const CHUNK_BYTES = 64 * 1024;

/**
 * Says how two files differ: text of at most 256 KiB by the first lines of a unified diff, anything else by the first
 * byte that differs. Neither file is held in memory beyond that.
 *
 * @param first path of a file
 * @param second path of another
 * @throws Error when their contents are the same
 */
export async function contentDifference(first: string, second: string): Promise<ContentDifference> {
  const [one, other] = await Promise.all([readText(first), readText(second)]);
  const lines = one === undefined || other === undefined ? undefined : unifiedLines(one, other);
  return lines === undefined ? await binaryDifference(first, second) : { kind: 'text', lines };
}

async function readText(file: string): Promise<string | undefined> {
  if ((await stat(file)).size > TEXT_BYTES) return undefined;
  const bytes = await readFile(file);
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unifiedLines(one: string, other: string): string[] | undefined {
  const patch = structuredPatch('', '', one, other, '', '', { context: 1, maxEditLength: TEXT_EDITS });
  const lines = patch?.hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: changes }) => [
    `@@ -${String(oldStart)},${String(oldLines)} +${String(newStart)},${String(newLines)} @@`,
    ...changes,
  ]);
  return lines === undefined || lines.length <= TEXT_LINES ? lines : [...lines.slice(0, TEXT_LINES), '…'];
}

async function binaryDifference(first: string, second: string): Promise<ContentDifference> {
  const one = await open(first);
  try {
    const other = await open(second);
    try {
      const read = async (file: typeof one, position: number, length: number): Promise<Buffer> => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
        return buffer.subarray(0, bytesRead);
      };
      for (let position = 0; ; position += CHUNK_BYTES) {
        const [a, b] = [await read(one, position, CHUNK_BYTES), await read(other, position, CHUNK_BYTES)];
        if (a.equals(b) && a.length > 0) continue;
        if (a.length === 0 && b.length === 0) throw new Error(`${first} and ${second} are the same`);
        const at = a.findIndex((byte, index) => byte !== b[index]);
        const offset = position + (at === -1 ? a.length : at);
        const start = Math.max(offset - CONTEXT_BYTES, 0);
        const length = offset - start + CONTEXT_BYTES;
        const context = { start, first: await read(one, start, length), second: await read(other, start, length) };
        return { kind: 'binary', offset, context };
      }
    } finally {
      await other.close();
    }
  } finally {
    await one.close();
  }
}

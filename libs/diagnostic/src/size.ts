/** In bytes. No definition comes near it, and it keeps a file in hand where the time or the text it takes grows faster than its size. */
const LARGEST = 65_535;

/**
 * Says that a file is too large to be read.
 *
 * @returns undefined where it is not
 */
export function tooLarge(text: string): string | undefined {
  const size = Buffer.byteLength(text);
  return size > LARGEST ? `the file has ${size} bytes; allowed: ${LARGEST}` : undefined;
}

import type { Position } from './position.ts';

/**
 * Says where a character of a text stands.
 *
 * @param text whose lines end in LF or CRLF
 * @returns the position of an offset in UTF-16 code units; of the end of the text where the offset lies beyond it
 */
export function linePositions(text: string): (offset: number) => Position {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  return (offset) => {
    const at = Math.min(Math.max(offset, 0), text.length);
    const line = lastAtOrBefore(starts, at);
    return { line: line + 1, column: at - (starts[line] ?? 0) + 1 };
  };
}

/**
 * The index of the last of some offsets, in ascending order and the first of them 0, that is no greater than another one.
 */
export function lastAtOrBefore(offsets: readonly number[], offset: number): number {
  let low = 0;
  for (let high = offsets.length; high - low > 1;) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

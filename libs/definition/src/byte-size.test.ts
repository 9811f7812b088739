import { describe, expect, it } from 'vitest';
import { formatSize, parseSize } from './byte-size.ts';

describe('sizes', () => {
  it.each([
    ['31.9 MB', 31_900_000],
    ['772 kB', 772_000],
    ['1.25 GB', 1_250_000_000],
    ['0.4 kB', 400],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
    expect(formatSize(bytes)).toBe(text);
  });

  it.each(['31.9MB', '31.9 MiB', '-1 MB', '31,9 MB', '31.9', 'MB', '31.912 MB'])('%s is none', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it('are written so that reading them again loses less than half a percent', () => {
    for (let bytes = 1000; bytes < 5e9; bytes *= 1.013) {
      const read = parseSize(formatSize(bytes)) ?? Number.NaN;
      expect(Math.abs(read - bytes) / bytes).toBeLessThanOrEqual(0.005);
    }
  });
});

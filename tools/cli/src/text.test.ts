import { describe, expect, it } from 'vitest';
import { formatBytes, formatSeconds, renderTable, shortDigest } from './text.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [29_940_000, '29.9 MB'],
    [330_000_000, '330 MB'],
    [999_900_000, '1.0 GB'],
    [78e9, '78.0 GB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatSeconds', () => {
  it.each([
    [0.04, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
  ])('%d is %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('shortDigest', () => {
  it('is the first 12 digits', () => {
    expect(shortDigest(`sha256:${'0123456789abcdef'.repeat(4)}`)).toBe('0123456789ab');
  });
});

describe('renderTable', () => {
  it('aligns columns without borders, colours or trailing blanks', () => {
    const table = renderTable(
      ['image', 'size'],
      [
        ['dockyard/redis:8.0.2', '4.1 MB'],
        ['dockyard/x:1', ''],
      ],
    );
    expect(table.split('\n')).toEqual(['image                 size', 'dockyard/redis:8.0.2  4.1 MB', 'dockyard/x:1']);
  });
});

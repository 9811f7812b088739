import { describe, expect, it } from 'vitest';
import { writeSizes } from './write-sizes.ts';

const NEW = { 'linux/amd64': 34_240_000 };

describe('writeSizes', () => {
  it.each([
    [
      'adds the field before the tags',
      'image: a # boat\ntags: [x]\n',
      'image: a # boat\nsizes: { linux/amd64: 34.2 MB }\ntags: [x]\n',
    ],
    ['adds it at the end where there are no tags', 'image: a\n', 'image: a\nsizes: { linux/amd64: 34.2 MB }\n'],
    [
      'replaces what is there, and keeps other platforms, quotes and comments around',
      "sizes: { linux/amd64: 31.9 MB, linux/arm64: '30 MB' } # budget\ntags: ['x']\n",
      "sizes: { linux/amd64: 34.2 MB, linux/arm64: 30 MB } # budget\ntags: ['x']\n",
    ],
    [
      'replaces a block',
      'image: a\nsizes:\n  linux/amd64: 31.9 MB\n  linux/arm64: 30 MB\n\n# What it is called\ntags: [x]\n',
      'image: a\nsizes: { linux/amd64: 34.2 MB, linux/arm64: 30 MB }\n\n# What it is called\ntags: [x]\n',
    ],
    ['keeps line ends', 'image: a\r\ntags: [x]\r\n', 'image: a\r\nsizes: { linux/amd64: 34.2 MB }\r\ntags: [x]\r\n'],
  ])('%s', (_, before, after) => {
    expect(writeSizes(before, NEW)).toBe(after);
    expect(writeSizes(after, NEW)).toBe(after);
  });
});

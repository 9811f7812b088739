import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveTime } from './archive-time.ts';
import { packageTime } from './deb-file.ts';
import { makeAr, makeTar, type TestEntry } from './testing/deb.ts';

// A folder of 1050000000 with files of 1000000000 and 1100000000.75, in the format of 1979, which has no magic; written
// by GNU tar, and compressed by programs, since Node can't.
const V7_BZIP2 =
  'QlpoOTFBWSZTWYswS5AAALb7kMmQABBAAP+AAAk2BYCABGAACCAAkoanpqamgAAGmgikozTSMnqDygPUxb5rk15GarqRogpWsTYJyHdrvEmaiQra/AOjxRMqSUKQIWLzcGJA3zZOkrFPNRbvVKQJYOmjwnRxDysYWhOhGESYUE/W6+pMxoAn8XckU4UJCLMEuQA=';
const V7_BZIP2_IN_TWO =
  'QlpoOTFBWSZTWclcC18AAI7bkMmQQAD/gAAJNgWAgARgAAggAJKGpmimgaAA09QRSUZiRp6g8oD1M3+V0bbGqmxFEBtaJsE5Du26RJmqQLEXxwbPFE0rJQrAhcxNyZkDjVk0lgr51he9iZhEUOVbkuUyDzuUXguQ0mRJQK4r19FRFAT+LuSKcKEhkrgWvkJaaDkxQVkmU1lWczzWAAAKYADAAEAAAAggACClNBmMTYk8XckU4UJBWczzWA==';
const V7_XZ =
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AItdADILvBunjDRE4cIHdekAF5rLHrCXy8EUgkD8yLNVXKudp6G/UFjAD/iZFBj5/eIln2HySsQuZJD8cEX0NMt7aOb/rzHglQqG3se9/7SIL97OBZgIkSgP/Lvdk7LjvExyK73wV5E5axJNh3VLPRwAgTlym9+A3oVfYqtuNspyX59VLMw4tX583M+YQAAAAEjC2sadddaSAAGnAYBQAACwRMl7scRn+wIAAAAABFla';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'archive-time-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function written(bytes: Buffer | string): Promise<string> {
  const file = join(dir, 'file');
  await writeFile(file, bytes);
  return file;
}
const timeOf = async (bytes: Buffer | string): Promise<number | undefined> => archiveTime(await written(bytes));
const at = (seconds: number, more: object = {}): TestEntry => ({
  name: `at-${String(seconds)}`,
  content: 'x'.repeat(70_000),
  mtime: new Date(seconds * 1000),
  ...more,
});

describe('the time of an archive', () => {
  it('is that of its newest member, wherever it stands, whatever it is', async () => {
    expect(await timeOf(await makeTar([at(5), at(9), at(7)]))).toBe(9);
    expect(await timeOf(await makeTar([{ name: 'd/', type: 'directory', mtime: new Date(8000) }, at(5)]))).toBe(8);
  });

  it('is found in each compression, also of archives that were compressed in pieces', async () => {
    const tar = await makeTar([at(1_100_000_000), at(6)]);
    const halves = [tar.subarray(0, 80_000), tar.subarray(80_000)];
    const files = [
      gzipSync(tar),
      Buffer.concat(halves.map((half) => gzipSync(half))),
      zstdCompressSync(tar),
      Buffer.concat(halves.map((half) => zstdCompressSync(half))),
      ...[V7_BZIP2, V7_BZIP2_IN_TWO, V7_XZ].map((text) => Buffer.from(text, 'base64')),
    ];
    for (const [i, bytes] of files.entries()) expect([i, await timeOf(bytes)]).toEqual([i, 1_100_000_000]);
  });

  it('is what unpacking sets: a pax header counts before the plain one', async () => {
    expect(await timeOf(await makeTar([at(5, { pax: { mtime: '7.999999999' } })]))).toBe(7);
  });

  it('counts no time that 32 bits do not hold, and asks no clock', async () => {
    const times = ['-1', '4294967296', '99999999999999999999', 'NaN', 'Infinity'];
    const odd = times.map((mtime) => at(5, { pax: { mtime } }));
    expect(await timeOf(await makeTar(odd))).toBeUndefined();
    expect(await timeOf(await makeTar([...odd, at(0)]))).toBe(0);
    expect(await timeOf(await makeTar([at(5, { pax: { mtime: '4294967295' } })]))).toBe(4_294_967_295);
  });

  it('is undefined for what is no archive', async () => {
    const xz = Buffer.from(V7_XZ, 'base64');
    const zip = Buffer.from('PK\u0005\u0006'.padEnd(22, '\0'));
    const files = ['', 'int main;\n'.repeat(200), gzipSync('text'), xz.subarray(0, 40), zip, Buffer.alloc(10_240)];
    for (const bytes of files) expect(await timeOf(bytes)).toBeUndefined();
    // The library unpacks one xz at a time: that the last one broke must not stop the next.
    expect(await timeOf(xz)).toBe(1_100_000_000);
  });

  it('is that of the members before the damage', async () => {
    const tar = await makeTar([at(5), at(9), at(7)]);
    const second = tar.indexOf('at-9');
    expect(await timeOf(tar.subarray(0, second))).toBe(5);
    tar.fill(1, second, second + 512);
    expect(await timeOf(tar)).toBe(5);
    expect(await timeOf(Buffer.concat([await makeTar([at(6)]), Buffer.from('a signature')]))).toBe(6);
  });

  it('is an error where the file cannot be read', async () => {
    await expect(archiveTime(join(dir, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(archiveTime(dir)).rejects.toMatchObject({ code: 'EISDIR' });
  });
});

describe('the time of a Debian package', () => {
  const member = { name: 'debian-binary', bytes: Buffer.from('2.0\n') };

  it('is that of its first member', async () => {
    expect(await packageTime(await written(makeAr([member], 1_700_000_001)))).toBe(1_700_000_001);
  });

  it('is an error for what is none', async () => {
    const damaged = makeAr([member]);
    damaged.write('x', 8 + 16);
    for (const [bytes, message] of [
      [Buffer.from('text'), 'no ar archive'],
      [makeAr([{ ...member, name: 'other' }]), 'not debian-binary'],
      [makeAr([]), 'not debian-binary'],
      [damaged, 'damaged at byte 8'],
      [makeAr([member]).subarray(0, 70), 'truncated'],
    ] as const)
      await expect(packageTime(await written(bytes))).rejects.toThrow(message);
  });
});

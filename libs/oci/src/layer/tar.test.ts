import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { exec } from '@dockyard/exec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tarOf } from '../fixture.ts';
import type { TarEntry } from './entry.ts';
import { type PlacedEntry, readTar } from './read-tar.ts';
import { END_OF_ARCHIVE, entryHeader, padding } from './write-tar.ts';

const EPOCH = 1_700_000_000;
const FILE: TarEntry = {
  path: 'a',
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  target: '',
  device: [0, 0],
  xattrs: new Map(),
};

function archive(...entries: readonly (readonly [entry: TarEntry, content: Buffer])[]): Buffer {
  const parts = entries.flatMap(([entry, content]) => [entryHeader(entry, EPOCH), content, padding(content.length)]);
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

/** Reads an archive that arrives in pieces of some size. */
async function read(tar: Buffer, piece = 1 << 16): Promise<(TarEntry & { text: string })[]> {
  const pieces = Array.from({ length: Math.ceil(tar.length / piece) }, (_, at) =>
    tar.subarray(at * piece, (at + 1) * piece),
  );
  const found: (TarEntry & { text: string })[] = [];
  for await (const { content, offset, ...entry } of readTar(Readable.from(pieces))) {
    const bytes = await buffer(content);
    expect(tar.subarray(offset, offset + entry.size)).toEqual(bytes);
    found.push({ ...entry, text: bytes.toString('latin1') });
  }
  return found;
}

const bytes = (options: { minLength?: number; maxLength: number }) =>
  fc.uint8Array({ min: 1, ...options }).map((array) => Buffer.from(array).toString('latin1'));

const entries = fc.record({
  path: fc
    .array(bytes({ minLength: 1, maxLength: 90 }), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.map((part) => `x${part.replaceAll('/', '_')}`).join('/')),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 2 ** 32 - 2 }),
  gid: fc.integer({ min: 0, max: 2 ** 32 - 2 }),
  xattrs: fc
    .uint8Array({ maxLength: 24 })
    .map((value) => new Map([['security.capability', Buffer.from(value).toString('latin1')]])),
  content: fc.uint8Array({ maxLength: 1500 }).map((array) => Buffer.from(array)),
});

describe('a layer that was written', () => {
  it('is read as it was, whatever bytes are in names and attributes, and in whatever pieces it arrives', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(entries, { maxLength: 4 }), fc.integer({ min: 1, max: 3000 }), async (list, piece) => {
        const tar = archive(
          ...list.map(({ content, ...entry }) => [{ ...FILE, ...entry, size: content.length }, content] as const),
        );
        expect(await read(tar, piece)).toEqual(
          list.map(({ content, ...entry }) => ({
            ...FILE,
            ...entry,
            size: content.length,
            text: content.toString('latin1'),
          })),
        );
      }),
      { numRuns: 100, seed: 18 },
    );
  });

  it('is what GNU tar understands', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dockyard-tar-'));
    try {
      const long = `${'d'.repeat(120)}/f`;
      const content = Buffer.from('there\n');
      writeFileSync(
        join(folder, 'a.tar'),
        archive(
          [{ ...FILE, path: 'd'.repeat(120), type: 'directory', mode: 0o755 }, Buffer.alloc(0)],
          [{ ...FILE, path: long, size: content.length, uid: 3_000_000 }, content],
          [{ ...FILE, path: 'link', type: 'symlink', mode: 0o777, target: long }, Buffer.alloc(0)],
          [{ ...FILE, path: 'same', type: 'link', target: long }, Buffer.alloc(0)],
        ),
      );
      const tar = (...args: string[]) => exec({ command: 'tar', args, cwd: folder });
      const listed = (await tar('--numeric-owner', '-tvf', 'a.tar')).stdout;
      expect(listed).toMatch(/^-rw-r--r-- 3000000\/0 +6 2023-11-14 .* d{120}\/f$/m);
      expect(listed).toMatch(/ link -> d{120}\/f$/m);
      await tar('--no-same-owner', '-xf', 'a.tar');
      expect(readFileSync(join(folder, 'same'), 'utf8')).toBe('there\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has nothing but ustar where ustar is enough', () => {
    expect(entryHeader(FILE, EPOCH)).toHaveLength(512);
    expect(entryHeader({ ...FILE, path: 'ä' }, EPOCH)).toHaveLength(3 * 512);
  });
});

describe('a layer of an engine', () => {
  it('may have the bits of the type in its modes, names of owners and times of its own', async () => {
    const tar = await tarOf({ name: './usr/', type: 'directory', mode: 0o40755, uname: 'root' }, { name: '/usr/a' });
    expect(await read(tar)).toMatchObject([
      { path: 'usr', type: 'directory', mode: 0o755 },
      { path: 'usr/a', type: 'file', size: 0 },
    ]);
  });

  it('may have names that GNU tar put before their entries', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dockyard-tar-'));
    try {
      const long = 'n'.repeat(150);
      writeFileSync(join(folder, long), 'x');
      await exec({ command: 'tar', args: ['--format=gnu', '-cf', 'a.tar', long], cwd: folder });
      expect(await read(readFileSync(join(folder, 'a.tar')))).toMatchObject([{ path: long, text: 'x' }]);
      await exec({ command: 'tar', args: ['--format=pax', '-cf', 'b.tar', long], cwd: folder });
      expect(await read(readFileSync(join(folder, 'b.tar')))).toMatchObject([{ path: long, text: 'x' }]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    ['a path that leaves the root', tarOf({ name: 'a/../../b' }), 'is no path that a layer can hold'],
    ['a link that leaves the root', tarOf({ name: 'a', type: 'link', linkname: '../b' }), 'is no path'],
    ['a sparse file', tarOf({ name: 'a', pax: { 'GNU.sparse.major': '1' } }), "of a kind that a layer can't hold"],
    [
      'an end in the middle',
      tarOf({ name: 'a', content: 'x'.repeat(2000) }).then((tar) => tar.subarray(0, 1024)),
      'ends',
    ],
    ['a broken header', tarOf({ name: 'a' }).then((tar) => Buffer.from(tar).fill('b', 0, 1)), 'checksum'],
    ['no tar at all', Promise.resolve(Buffer.alloc(2048, 'x')), "can't be read"],
  ])('is refused with %s', async (_, tar, message) => {
    await expect(read(await tar)).rejects.toThrow(message);
  });

  it('never does anything but be read or refused, whatever bytes it has', async () => {
    const good = await tarOf({ name: 'a', content: 'a'.repeat(700) }, { name: 'b', pax: { comment: 'c' } });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: good.length - 1 }), fc.integer({ min: 0, max: 255 })), {
          maxLength: 6,
        }),
        async (changes) => {
          const tar = Buffer.from(good);
          for (const [at, value] of changes) tar[at] = value;
          const entries: PlacedEntry[] = [];
          try {
            for await (const entry of readTar(Readable.from([tar]))) entries.push(entry);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
          for (const { path } of entries) expect(path.split('/')).not.toContain('..');
        },
      ),
      { numRuns: 300, seed: 18 },
    );
  });
});

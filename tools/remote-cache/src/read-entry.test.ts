import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { describeOutput, type EntryReading, readEntry } from './read-entry.ts';
import { entry, type Member, NX, OUTPUTS, tar } from './testing/entries.ts';

const dir = mkdtempSync(join(tmpdir(), 'dockyard-entries-'));
afterAll(() => rmSync(dir, { recursive: true }));

function read(bytes: Uint8Array): Promise<EntryReading> {
  const file = join(dir, 'entry');
  writeFileSync(file, bytes);
  return readEntry(file);
}

it.each([
  ['dist/images/redis/amd64/image.json', { project: 'redis', arch: 'amd64', target: 'image:amd64' }],
  ['dist/images/php-8.4/armv7/artifacts/index.json', { project: 'php-8.4', arch: 'armv7', target: 'compile:armv7' }],
  ['dist/images/redis/amd64/test.json', { project: 'redis', arch: 'amd64', target: 'test:amd64' }],
  ['dist/images/redis/index/oci-layout', { project: 'redis', target: 'image' }],
  ['dist/images/redis/index.json', { project: 'redis', target: 'image' }],
  ['dist/images/redis', undefined],
  ['dist/tsc/libs/oci/index.d.ts', undefined],
])('%s', (path, expected) => {
  expect(describeOutput(path)).toEqual(expected);
});

describe('an entry', () => {
  it('of a task of an image says which', async () => {
    expect(await read(await entry())).toEqual({
      ok: true,
      of: { project: 'redis', arch: 'amd64', target: 'image:amd64' },
    });
  });

  it('may be of another task, without outputs too', async () => {
    expect(await read(await entry([{ name: 'dist/tsc/a.d.ts' }, ...NX]))).toEqual({ ok: true });
    expect(await read(await entry(NX))).toEqual({ ok: true });
  });

  it.each<[string, readonly Member[], RegExp]>([
    ['a path out of the folder', [{ name: 'dist/../../.ssh/authorized_keys' }, ...NX], /no output/],
    ['an absolute path', [{ name: '/etc/passwd' }, ...NX], /no output/],
    ['a file that is no output', [{ name: 'package.json' }, ...NX], /"package\.json", which is no output/],
    ['a hook of git', [{ name: '.git/hooks/post-checkout' }, ...NX], /no output/],
    ['a symbolic link', [{ name: 'dist/a', type: 'symlink', linkname: '/etc' }, ...NX], /no output/],
    ['a hard link', [{ name: 'dist/a', type: 'link', linkname: '../../.bashrc' }, ...NX], /no output/],
    ['a device', [{ name: 'dist/a', type: 'character-device' }, ...NX], /no output/],
    ['no exit code', [{ name: 'terminalOutput' }], /lacks code/],
    ['no log', [{ name: 'code', content: new Uint8Array(4) }], /lacks terminalOutput/],
    ['the exit code of a failure', [{ name: 'terminalOutput' }, { name: 'code', content: '\u0001\0\0\0' }], /failed/],
    ['a record that is cut off', [{ name: 'dist/images/a/amd64/image.json', content: '{"sche' }, ...NX], /is damaged/],
    ['an empty record', [{ name: 'dist/images/a/index.json' }, ...NX], /is damaged/],
    ['an empty exit code', [{ name: 'terminalOutput' }, { name: 'code' }], /failed/],
  ])('with %s is none', async (_, members, why) => {
    expect(await read(await entry(members))).toEqual({ ok: false, why: expect.stringMatching(why) as string });
  });

  it('that is no tar, no gzip, or nothing, is none', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('no gzip'), gzipSync('no tar'), gzipSync(Buffer.alloc(1024, 7))])
      expect(await read(bytes)).toMatchObject({ ok: false });
  });

  it('that was cut, or of which a byte is another, is none, or the same', async () => {
    const whole = await entry([
      ...OUTPUTS,
      { name: 'dist/images/redis/amd64/image/blob', content: 'x'.repeat(3000) },
      ...NX,
    ]);
    const expected = await read(whole);
    const place = fc.nat({ max: whole.length - 1 });
    await fc.assert(
      fc.asyncProperty(place, async (at) => {
        expect(await read(whole.subarray(0, at))).toMatchObject({ ok: false });
      }),
      { numRuns: 200, seed: 20_240_817 },
    );
    await fc.assert(
      fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const found = await read(bytes);
        // The header of gzip has a time and a system, which mean nothing.
        if (found.ok) expect(found).toEqual(expected);
      }),
      { numRuns: 500, seed: 20_240_817 },
    );
  });

  it('is read or refused, whatever is in its tar', async () => {
    const damaged = await tar([...OUTPUTS, ...NX]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: damaged.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 }),
        async (changes) => {
          const bytes = Buffer.from(damaged);
          for (const [at, byte] of changes) bytes[at] = byte;
          const found = await read(gzipSync(bytes));
          if (!found.ok) expect(found.why).not.toMatch(/\n\s+at |undefined|\[object/);
        },
      ),
      { numRuns: 500, seed: 20_240_817 },
    );
  });
});

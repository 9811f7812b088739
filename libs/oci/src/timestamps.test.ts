import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { extract, pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { settingTimes } from './timestamps.ts';

const EPOCH = 1_700_000_000;

async function archive(entries: readonly (Partial<Header> & { name: string; content?: string })[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry({ mode: 0o644, ...header }, content ?? '');
  tar.finalize();
  return buffer(Readable.from(tar as AsyncIterable<Buffer>, { objectMode: false }));
}

/** Sends bytes through in pieces of some size. */
function stamped(tar: Buffer, piece = 1 << 16): Promise<Buffer> {
  const pieces = Array.from({ length: Math.ceil(tar.length / piece) }, (_, at) =>
    tar.subarray(at * piece, (at + 1) * piece),
  );
  return buffer(Readable.from(pieces).pipe(settingTimes(EPOCH)));
}

async function listed(tar: Buffer): Promise<{ header: Header; content: string }[]> {
  const reader = extract();
  reader.end(tar);
  const entries = [];
  for await (const entry of reader) entries.push({ header: entry.header, content: (await buffer(entry)).toString() });
  return entries;
}

/** A pax header by hand: libraries write no binary values and no time of less than a second. */
function extended(records: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write('pax', 0);
  header.write('0000644\0', 100);
  header.write(`${records.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('x', 156);
  header.write('ustar\x0000', 257);
  header.fill(' ', 148, 156);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return Buffer.concat([header, records, Buffer.alloc((512 - (records.length % 512)) % 512)]);
}

function record(key: string, value: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

const old = new Date(5_000);
const now = new Date(EPOCH * 1000);

describe('the times of an archive', () => {
  it('are set on every kind of entry, and nothing else is', async () => {
    const entries = [
      { name: 'folder/', type: 'directory', mode: 0o755, mtime: old },
      { name: 'folder/file', content: 'x'.repeat(1000), mtime: old, uid: 7, gid: 8, mode: 0o4755 },
      { name: 'link', type: 'symlink', linkname: 'folder/file', mtime: new Date(9e12) },
      { name: 'hard', type: 'link', linkname: 'folder/file', mtime: old },
      { name: `long/${'a'.repeat(300)}/ü`, content: 'y', mtime: old },
      { name: 'empty', mtime: now },
    ] as const;
    const before = await listed(await archive(entries));
    const after = await listed(await stamped(await archive(entries)));
    expect(after.map(({ header }) => header.mtime)).toEqual(entries.map(() => now));
    const rest = (list: typeof before) => list.map(({ header, content }) => ({ ...header, mtime: 0, content }));
    expect(rest(after)).toEqual(rest(before));
  });

  it('that are the wanted ones already leave every byte as it is', async () => {
    const tar = await archive([
      { name: 'a', content: 'a', mtime: now },
      { name: 'b'.repeat(200), mtime: now },
    ]);
    expect((await stamped(tar)).equals(tar)).toBe(true);
  });

  it('are taken out of extended headers, whose other records stay to the bit', async () => {
    const capability = record('SCHILY.xattr.security.capability', Buffer.from([1, 0, 0, 2, 0xc0, 0xff, 0, 10, 0x20]));
    const time = record('mtime', Buffer.from('1699999999.123456789'));
    const file = await archive([{ name: 'a', content: 'a', mtime: old }]);
    const result = await stamped(Buffer.concat([extended(Buffer.concat([time, capability])), file]));
    const kept = extended(capability);
    expect(result.subarray(0, kept.length).equals(kept)).toBe(true);
    expect((await listed(result)).map(({ header }) => header.mtime)).toEqual([now]);
    // One that held nothing else is gone.
    const alone = await stamped(Buffer.concat([extended(time), file]));
    expect(alone.equals(await stamped(file))).toBe(true);
  });

  it('do not depend on how the bytes arrive', async () => {
    const tar = Buffer.concat([
      extended(Buffer.concat([record('mtime', Buffer.from('1.5')), record('path', Buffer.from('ü'))])),
      await archive([
        { name: 'a', content: 'a'.repeat(700), mtime: old },
        { name: 'b'.repeat(200), content: 'b', mtime: old },
      ]),
    ]);
    const whole = await stamped(tar);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2000 }), async (piece) => {
        expect((await stamped(tar, piece)).equals(whole)).toBe(true);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it.each([Buffer.alloc(0), Buffer.from('no archive'), Buffer.alloc(1024)])(
    'of %j are nothing to set',
    async (bytes) => {
      expect((await stamped(bytes)).equals(bytes)).toBe(true);
    },
  );
});

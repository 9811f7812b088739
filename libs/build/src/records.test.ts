import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { type ImageRecord, LayoutError } from '@dockyard/oci';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { healingOutputs } from './damaged.ts';
import { readImageRecord, readJoinedRecord, readTestRecord } from './records.ts';

const PATH = 'dist/images/redis/amd64/image.json';
const DIGEST = `sha256:${'d'.repeat(64)}` as const;
const RECORD: ImageRecord = {
  schemaVersion: 1,
  project: 'redis',
  kind: 'image',
  platform: 'linux/amd64',
  digest: DIGEST,
  config: DIGEST,
  size: 7,
  layers: [{ digest: DIGEST, size: 7, diffId: DIGEST }],
  parents: [{ layout: 'dist/images/debian/amd64/image', digest: DIGEST }],
  epoch: 1,
  created: '1970-01-01T00:00:01Z',
};
const TEXT = `${JSON.stringify(RECORD, undefined, 2)}\n`;

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-records-'));
});
afterEach(() => rmSync(workspace, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
}
const exists = (path: string): boolean => existsSync(join(workspace, path));

describe('a record of ours', () => {
  it('is read', async () => {
    write(PATH, TEXT);
    expect(await readImageRecord(workspace, PATH)).toEqual(RECORD);
    expect(await readImageRecord(workspace, 'dist/images/other/amd64/image.json')).toBeUndefined();
  });

  it.each<[string, string]>([
    ['was cut off', TEXT.slice(0, 100)],
    ['is empty', ''],
    ['is of zeros', '\0'.repeat(TEXT.length)],
    ['lacks a digest', TEXT.replace(/"digest"/, '"other"')],
    ['leads out of the workspace', TEXT.replace('dist/images/debian/amd64/image', '../../../etc')],
    ['is of another form', '[]'],
  ])('that %s is named and removed, with its layout and what Nx keeps of it, and made anew', async (_, text) => {
    write(PATH, text);
    write('dist/images/redis/amd64/image/index.json', '{}');
    write('dist/images/redis/amd64/artifacts.json', 'of another task');
    write(`.nx/cache/123/${PATH}`, text);
    write('.nx/cache/123/dist/images/redis/amd64/image/index.json', '{}');
    write(`.nx/cache/124/${PATH}`, TEXT);
    write('.nx/cache/run.json', '{}');
    const error: unknown = await readImageRecord(workspace, PATH).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain(`${PATH} is damaged`);
    expect((error as UserError).hint).toMatch(/again/);
    expect(exists(PATH)).toBe(false);
    expect(exists('dist/images/redis/amd64/image')).toBe(false);
    expect(exists('.nx/cache/123')).toBe(false);
    // What isn't damaged stays.
    expect(exists('dist/images/redis/amd64/artifacts.json')).toBe(true);
    expect(readFileSync(join(workspace, '.nx/cache/124', PATH), 'utf8')).toBe(TEXT);
    expect(await readImageRecord(workspace, PATH)).toBeUndefined();
  });

  it('is read, or refused with its name, whatever a disk made of it', async () => {
    const damage = fc.oneof(
      fc.nat({ max: TEXT.length }).map((at) => TEXT.slice(0, at)),
      fc
        .tuple(fc.nat({ max: TEXT.length - 1 }), fc.string({ minLength: 1, maxLength: 4, unit: 'binary' }))
        .map(([at, text]) => TEXT.slice(0, at) + text + TEXT.slice(at + text.length)),
      fc.json(),
      fc.string({ unit: 'binary' }),
    );
    await fc.assert(
      fc.asyncProperty(
        damage,
        fc.constantFrom(readImageRecord, readJoinedRecord, readTestRecord),
        async (text, reader) => {
          write(PATH, text);
          const found: unknown = await reader(workspace, PATH).catch((reason: unknown) => reason);
          if (!(found instanceof Error)) return;
          expect(found).toBeInstanceOf(UserError);
          expect(found.message).toContain(PATH);
          expect(found.message).not.toMatch(/Unexpected|JSON|\[object|undefined/);
        },
      ),
      { numRuns: 1_000, seed: 20_240_817 },
    );
  });
});

describe('a layout of ours that is damaged', () => {
  const BLOB = 'dist/images/redis/amd64/image/blobs/sha256/abc';
  const fail = (file: string) => () => Promise.reject(new LayoutError(join(workspace, file), 'the blob is truncated'));

  it('is removed, so that it is made anew, also from what Nx keeps', async () => {
    for (const folder of ['', '.nx/cache/123/']) {
      write(`${folder}${BLOB}`, 'half');
      write(`${folder}${PATH}`, TEXT);
    }
    await expect(healingOutputs(workspace, fail(BLOB))).rejects.toThrow(/image\/blobs\/sha256\/abc is damaged/);
    expect(exists(PATH) || exists(BLOB) || exists('.nx/cache/123')).toBe(false);
  });

  it('comes back from what Nx keeps where that is whole', async () => {
    write(BLOB, 'half');
    write(`.nx/cache/123/${BLOB}`, 'whole');
    await expect(healingOutputs(workspace, fail(BLOB))).rejects.toThrow(UserError);
    expect(exists(`.nx/cache/123/${BLOB}`)).toBe(true);
  });

  it('elsewhere is left alone', async () => {
    write('elsewhere/blob', 'half');
    await expect(healingOutputs(workspace, fail('elsewhere/blob'))).rejects.toThrow(LayoutError);
    expect(exists('elsewhere/blob')).toBe(true);
  });
});

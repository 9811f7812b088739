import { rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { blobPath } from '../digest.ts';
import {
  compressByZstd,
  containersDirectory,
  engineConfig,
  failure,
  finish,
  layersIn,
  plainLayout,
  scratch,
  tarOf,
  type TarEntry,
} from '../fixture.ts';
import { joinIndex } from '../join.ts';
import { readImage } from '../read.ts';
import { diffImages, diffIndexes } from './layouts.ts';
import { renderDifferences } from './render.ts';
import type { EntryDifference, LayoutDifference, LayoutWithParents } from './types.ts';

const at = scratch();

/** A finished image. */
async function image(
  name: string,
  layers: readonly Buffer[],
  over: Readonly<Record<string, unknown>> = {},
  options: Omit<Parameters<typeof finish>[0], 'raw' | 'output'> = {},
): Promise<LayoutWithParents> {
  const raw = await containersDirectory(at(`${name}.raw`), layers, over);
  await finish({ raw, output: at(name), ...options });
  return { layout: at(name), parents: options.base === undefined ? [] : [options.base.path] };
}

async function differences(first: readonly TarEntry[], second: readonly TarEntry[]): Promise<LayoutDifference[]> {
  const plain = async (name: string, list: readonly TarEntry[]): Promise<LayoutWithParents> => ({
    layout: await plainLayout(at(name), [await tarOf(...list)]),
    parents: [],
  });
  // The configurations name the layers.
  const found = await diffImages(await plain('first', first), await plain('second', second));
  return found.filter(({ kind }) => kind === 'layer');
}

async function entries(first: readonly TarEntry[], second: readonly TarEntry[]): Promise<readonly EntryDifference[]> {
  const [difference, ...others] = await differences(first, second);
  expect(others).toEqual([]);
  if (difference?.kind !== 'layer') throw new Error(`no difference of a layer: ${JSON.stringify(difference)}`);
  return difference.entries;
}

describe('diffImages', () => {
  it('finds nothing in what is the same', async () => {
    expect(await differences([{ name: 'a', content: 'a' }], [{ name: 'a', content: 'a' }])).toEqual([]);
  });

  it('finds values of manifest and configuration, by their path', async () => {
    const tar = await tarOf({ name: 'a', content: 'a' });
    const first = await image('first', [tar], {}, { annotations: { 'org.example/a': '1', b: '2' } });
    const config = { ...(engineConfig([tar]) as { config: object }).config, User: '11:11', Env: ['PATH=/bin', 'A=b'] };
    const second = await image('second', [tar], { config }, { annotations: { 'org.example/a': '3', b: '2' } });
    expect(await diffImages(first, second)).toEqual([
      { kind: 'field', document: 'manifest', field: 'annotations["org.example/a"]', first: '"1"', second: '"3"' },
      { kind: 'field', document: 'configuration', field: 'config.User', first: '"10:10"', second: '"11:11"' },
      { kind: 'field', document: 'configuration', field: 'config.Env[1]', second: '"A=b"' },
    ]);
  });

  it('pairs no layers where their number differs', async () => {
    const tar = await tarOf({ name: 'a', content: 'a' });
    const first = await image('first', [tar]);
    const other = await tarOf({ name: 'b', content: 'b' });
    const base = { layout: 'first', path: first.layout };
    const second = await image('second', [...(await layersIn(first.layout)), other], {}, { base });
    expect((await diffImages(first, second)).at(-1)).toEqual({ kind: 'layer count', first: 1, second: 2 });
  });

  it('tells another compression from another content', async () => {
    const tar = await tarOf({ name: 'a', content: 'a' });
    const first = await image('first', [tar]);
    const second = await image('second', [tar]);
    await compressByZstd(second.layout);
    const found = await diffImages(first, second);
    expect(found.filter(({ kind }) => kind === 'layer')).toMatchObject([{ layer: 0, entries: [] }]);
    expect(renderDifferences(found).at(-1)).toBe('layer 1: the same tar, compressed in another way');
  });

  it('reads layers of any compression, and those that only a parent holds', async () => {
    const base = await tarOf({ name: 'base', content: 'base' });
    const parent = await image('parent', [base]);
    const tops = [await tarOf({ name: 'top', content: 'one' }), await tarOf({ name: 'top', content: 'two' })];
    const thin = async (name: string, top: Buffer): Promise<LayoutWithParents> =>
      image(name, [...(await layersIn(parent.layout)), top], {}, { base: { layout: 'parent', path: parent.layout } });
    const [first, second] = [await thin('first', tops[0]!), await thin('second', tops[1]!)];
    await compressByZstd(second.layout);
    const found = await diffImages(first, second);
    expect(found.filter(({ kind }) => kind === 'layer')).toMatchObject([
      { layer: 1, entries: [{ kind: 'changed', name: 'top', fields: [], content: { kind: 'text' } }] },
    ]);
  });

  it('refuses a layer that is corrupted', async () => {
    const first = await image('first', [await tarOf({ name: 'a', content: 'a' })]);
    const second = await image('second', [await tarOf({ name: 'a', content: 'b' })]);
    const { manifest } = await readImage(second.layout);
    const file = blobPath(second.layout, manifest.layers[0]!.digest);
    await rm(file);
    await writeFile(file, Buffer.alloc(manifest.layers[0]!.size));
    expect((await failure(diffImages(first, second))).file).toBe(file);
  });
});

describe('the entries of layers', () => {
  it('may be only in one', async () => {
    const both: TarEntry = { name: 'etc/', type: 'directory' };
    expect(
      await entries([both, { name: 'a', content: 'a' }], [both, { name: 'b', type: 'symlink', linkname: 'c' }]),
    ).toEqual([
      { kind: 'missing', name: 'a', in: 'first', type: 'file' },
      { kind: 'missing', name: 'b', in: 'second', type: 'symlink' },
    ]);
  });

  it.each<[string, TarEntry, TarEntry, object[]]>([
    [
      'mode',
      { name: 'a', mode: 0o644 },
      { name: 'a', mode: 0o4755 },
      [{ field: 'mode', first: '0644', second: '4755' }],
    ],
    [
      'owner',
      { name: 'a', uid: 1, gid: 2 },
      { name: 'a', uid: 3, gid: 4 },
      [
        { field: 'uid', first: '1', second: '3' },
        { field: 'gid', first: '2', second: '4' },
      ],
    ],
    [
      'names of the owner',
      { name: 'a', uname: 'root' },
      { name: 'a', gname: 'adm' },
      [
        { field: 'user', first: 'root' },
        { field: 'group', second: 'adm' },
      ],
    ],
    [
      'link target',
      { name: 'a', type: 'symlink', linkname: 'b' },
      { name: 'a', type: 'symlink', linkname: 'c' },
      [{ field: 'link target', first: 'b', second: 'c' }],
    ],
    [
      'type',
      { name: 'a', type: 'symlink', linkname: 'b' },
      { name: 'a', type: 'link', linkname: 'b' },
      [{ field: 'type', first: 'symlink', second: 'link' }],
    ],
    [
      'device',
      { name: 'a', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'a', type: 'character-device', devmajor: 1, devminor: 5 },
      [{ field: 'device', first: '1:3', second: '1:5' }],
    ],
    [
      'extended attributes',
      { name: 'a', pax: { 'SCHILY.xattr.user.x': '1' } },
      { name: 'a', pax: { 'SCHILY.xattr.user.x': '2', comment: 'c' } },
      [
        { field: 'xattr user.x', first: '"1"', second: '"2"' },
        { field: 'pax comment', second: '"c"' },
      ],
    ],
  ])('differ in their %s', async (_, first, second, fields) => {
    expect(await entries([first], [second])).toEqual([{ kind: 'changed', name: 'a', fields }]);
  });

  it('differ in their time, where the builds had another epoch', async () => {
    const tar = await tarOf({ name: 'a', content: 'a' });
    const [first, second] = [
      await image('first', [tar], {}, { epoch: 0 }),
      await image('second', [tar], {}, { epoch: 1 }),
    ];
    const layers = (await diffImages(first, second)).filter(({ kind }) => kind === 'layer');
    expect(layers).toMatchObject([
      {
        entries: [
          {
            fields: [{ field: 'mtime', first: '1970-01-01T00:00:00.000Z', second: '1970-01-01T00:00:01.000Z' }],
          },
        ],
      },
    ]);
  });

  it('differ in a text, shown as a diff of its lines', async () => {
    const text = (line: string): string => ['one', 'two', line, 'four', 'five', ''].join('\n');
    const [entry] = await entries(
      [{ name: 'etc/a', content: text('Monday') }],
      [{ name: 'etc/a', content: text('Tuesday') }],
    );
    expect(entry).toMatchObject({
      kind: 'changed',
      name: 'etc/a',
      fields: [{ field: 'size', first: '25', second: '26' }],
      content: { kind: 'text', lines: ['@@ -2,3 +2,3 @@', ' two', '-Monday', '+Tuesday', ' four'] },
    });
  });

  it('differ in bytes, shown around the first that differs, however far it lies', async () => {
    const zeros = Buffer.alloc(300_000);
    const other = Buffer.from(zeros);
    other[200_000] = 0xff;
    const [entry] = await entries([{ name: 'lib', content: zeros }], [{ name: 'lib', content: other }]);
    expect(entry).toMatchObject({ content: { kind: 'binary', offset: 200_000, context: { start: 199_992 } } });
    const longer = await entriesOf(Buffer.from([0, 1]), Buffer.from([0, 1, 2]));
    expect(longer).toMatchObject({ content: { kind: 'binary', offset: 2, context: { start: 0 } } });
  });

  async function entriesOf(first: Buffer, second: Buffer): Promise<EntryDifference | undefined> {
    await Promise.all(
      ['first', 'second', 'first.raw', 'second.raw'].map((name) => rm(at(name), { recursive: true, force: true })),
    );
    return (await entries([{ name: 'x', content: first }], [{ name: 'x', content: second }]))[0];
  }

  it('differ in a text too long or too different for a diff, shown by bytes', async () => {
    const lines = (mark: string): string => Array.from({ length: 3000 }, (_, n) => `${mark}${String(n)}`).join('\n');
    expect(await entriesOf(Buffer.from(lines('a')), Buffer.from(lines('b')))).toMatchObject({
      content: { kind: 'binary', offset: 0 },
    });
    const long = 'a\n'.repeat(200_000);
    expect(await entriesOf(Buffer.from(`${long}b`), Buffer.from(`${long}c`))).toMatchObject({
      content: { kind: 'binary', offset: 400_000 },
    });
  });

  it('are compared by content up to a number', async () => {
    const files = (content: string): TarEntry[] => Array.from({ length: 25 }, (_, n) => ({ name: String(n), content }));
    const kinds = (await entries(files('a'), files('b'))).map(
      (entry) => entry.kind === 'changed' && entry.content?.kind,
    );
    expect(kinds.filter((kind) => kind === 'text')).toHaveLength(20);
    expect(kinds.filter((kind) => kind === 'not compared')).toHaveLength(5);
  });

  it('may come in another order', async () => {
    const [a, b, c, d]: TarEntry[] = ['a', 'b', 'c', 'd'].map((name) => ({ name, content: name }));
    expect(await entries([a!, b!, c!], [d!, a!, c!, b!])).toEqual([
      { kind: 'missing', name: 'd', in: 'second', type: 'file' },
      { kind: 'order', first: 'b', second: 'c' },
    ]);
  });

  it('may be the same in tars that are not', async () => {
    const twice: TarEntry[] = [
      { name: 'a', content: 'x' },
      { name: 'a', content: 'a' },
    ];
    expect(await entries([{ name: 'a', content: 'a' }], twice)).toEqual([]);
  });
});

describe('diffIndexes', () => {
  it('finds the entries and annotations that differ', async () => {
    const tar = await tarOf({ name: 'a', content: 'a' });
    const digests: string[] = [];
    for (const name of ['first', 'second']) {
      const { layout } = await image(name, [tar], { author: name });
      const joined = await joinIndex({
        images: [{ platform: 'linux/amd64', layout }],
        output: at(`${name}.index`),
        annotations: { a: name },
      });
      digests.push(JSON.stringify(joined.manifests[0]?.digest));
    }
    const found = await diffIndexes(at('first.index'), at('second.index'));
    expect(found).toContainEqual({
      kind: 'field',
      document: 'index',
      field: 'manifests[0].digest',
      first: digests[0],
      second: digests[1],
    });
    expect(found).toContainEqual({
      kind: 'field',
      document: 'index',
      field: 'annotations.a',
      first: '"first"',
      second: '"second"',
    });
  });
});

describe('renderDifferences', () => {
  it('says what, where and how', async () => {
    const found = await differences(
      [
        { name: 'gone', content: '' },
        { name: 'stamp', content: 'built on Monday\n', mode: 0o600 },
        { name: 'bin', content: Buffer.from([0, 1, 0x41]) },
      ],
      [
        { name: 'stamp', content: 'built on Sunday\n' },
        { name: 'bin', content: Buffer.from([0, 2, 0x41]) },
        { name: 'evil\u001b[2J', content: '' },
      ],
    );
    const lines = renderDifferences(found).map((line) => line.replace(/sha256:\w{64}/g, 'sha256:…'));
    expect(lines).toEqual([
      'layer 1:',
      '  gone: file only in the first',
      '  stamp',
      '    mode: 0600 in the first, 0644 in the second',
      '    content: sha256:… in the first, sha256:… in the second',
      '      @@ -1,1 +1,1 @@',
      '      -built on Monday',
      '      +built on Sunday',
      '  bin',
      '    content: sha256:… in the first, sha256:… in the second',
      '      from byte 1; the bytes from 0:',
      '      - 00 01 41  ..A',
      '      + 00 02 41  ..A',
      '  evil\ufffd[2J: file only in the second',
    ]);
  });

  it('counts what is too much to show', () => {
    const missing = Array.from({ length: 60 }, (_, n): EntryDifference => ({
      kind: 'missing',
      name: String(n),
      in: 'first',
      type: 'file',
    }));
    const digests = { first: 'sha256:1', second: 'sha256:2' } as const;
    const lines = renderDifferences([{ kind: 'layer', layer: 0, ...digests, entries: missing }]);
    expect(lines).toHaveLength(52);
    expect(lines.at(-1)).toBe('  … and 10 more');
  });
});

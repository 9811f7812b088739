import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../digest.ts';
import { scratch, tarLayer, tarOf, type TarEntry } from '../fixture.ts';
import type { LayerFile } from '../layer-entries.ts';
import { MEDIA_TYPES } from '../types.ts';
import { fileChanges } from './files.ts';
import { layerChanges } from './layer-changes.ts';

const at = scratch();

async function layerOf(tar: Buffer): Promise<LayerFile> {
  const digest = digestOf(tar);
  const file = at(digest.replace(':', '-'));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, tar);
  return { file, layer: { mediaType: MEDIA_TYPES.layer, digest, size: tar.length } };
}

const layer = async (files: Readonly<Record<string, string>>): Promise<LayerFile> => layerOf(await tarLayer(files));
const entries = async (...list: readonly TarEntry[]): Promise<LayerFile> => layerOf(await tarOf(...list));

describe('fileChanges', () => {
  it('are files that are added, removed and changed, whatever layer they lie in', async () => {
    expect(
      await fileChanges({
        shared: [await layer({ 'etc/release': '1' })],
        first: [await layer({ './a': 'a', b: 'b', same: 's' })],
        second: [await layer({ a: 'A', same: 's' }), await layer({ c: 'c' })],
      }),
    ).toEqual({ added: ['c'], removed: ['b'], changed: ['a'] });
  });

  it('see what lies below: a file of a shared layer that one image replaces is changed, not added', async () => {
    expect(
      await fileChanges({
        shared: [await layer({ 'etc/release': '1', 'etc/again': 'same' })],
        first: [],
        second: [await layer({ 'etc/release': '2', 'etc/again': 'same' })],
      }),
    ).toEqual({ added: [], removed: [], changed: ['etc/release'] });
  });

  it('follow whiteouts', async () => {
    const shared = [await layer({ 'a/x': 'x', 'a/y': 'y', 'b/z': 'z', 'c/v': 'v' })];
    const first = [await layer({ '.wh.c': '' })];
    const second = [await layer({ 'a/.wh.x': '', 'b/.wh..wh..opq': '', 'b/new': 'n' })];
    expect(await fileChanges({ shared, first, second })).toEqual({
      added: ['b/new', 'c/v'],
      removed: ['a/x', 'b/z'],
      changed: [],
    });
  });

  it('drop what lay in a folder that became a file', async () => {
    const shared = [await entries({ name: 'a/', type: 'directory' }, { name: 'a/x', content: 'x' })];
    const second = [await layer({ a: 'file' })];
    expect(await fileChanges({ shared, first: [], second })).toEqual({ added: ['a'], removed: ['a/x'], changed: [] });
  });

  it.each<[string, TarEntry, TarEntry, boolean]>([
    ['the mode', { name: 'a', mode: 0o644 }, { name: 'a', mode: 0o4755 }, true],
    ['the owner', { name: 'a', uid: 0 }, { name: 'a', uid: 1 }, true],
    ['the type', { name: 'a' }, { name: 'a', type: 'symlink', linkname: 'b' }, true],
    [
      'the target of a link',
      { name: 'a', type: 'symlink', linkname: 'b' },
      { name: 'a', type: 'symlink', linkname: 'c' },
      true,
    ],
    ['an attribute', { name: 'a' }, { name: 'a', pax: { 'SCHILY.xattr.security.capability': 'x' } }, true],
    ['the time', { name: 'a', mtime: new Date(0) }, { name: 'a', mtime: new Date(1000) }, false],
    ['the mode of a folder', { name: 'a/', type: 'directory' }, { name: 'a/', type: 'directory', mode: 0o700 }, false],
  ])('hold another file where it differs in %s: %#', async (_, one, other, differs) => {
    const found = await fileChanges({ shared: [], first: [await entries(one)], second: [await entries(other)] });
    expect(found).toEqual({ added: [], removed: [], changed: differs ? ['a'] : [] });
  });
});

describe('layerChanges', () => {
  const layers = (names: string) =>
    names.split('').map((name) => ({ digest: `sha256:${name}` as const, size: name.codePointAt(0) ?? 0 }));

  it.each([
    ['ab', 'ab', { count: 2, kept: 2, changed: 0, added: 0, removed: 0, bytes: 0 }],
    ['ab', 'ac', { count: 2, kept: 1, changed: 1, added: 0, removed: 0, bytes: 99 }],
    ['ab', 'cb', { count: 2, kept: 1, changed: 1, added: 0, removed: 0, bytes: 99 }],
    ['ab', 'abc', { count: 3, kept: 2, changed: 0, added: 1, removed: 0, bytes: 99 }],
    ['abc', 'a', { count: 1, kept: 1, changed: 0, added: 0, removed: 2, bytes: 0 }],
    ['aab', 'ac', { count: 2, kept: 1, changed: 1, added: 0, removed: 1, bytes: 99 }],
  ])('from %s to %s', (first, second, expected) => {
    expect(layerChanges(layers(first), layers(second))).toEqual(expected);
  });
});

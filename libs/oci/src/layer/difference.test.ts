import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { difference } from './difference.ts';
import type { TarEntry } from './entry.ts';
import { withMountPoints } from './mount-points.ts';
import { applyLayer, type LayerEntryPlace, type Node, type Tree } from './tree.ts';

/** Contents are told apart by the place that they lie in. */
function entry(path: string, over: Partial<LayerEntryPlace> = {}): LayerEntryPlace {
  const { type = 'file' } = over;
  return {
    path,
    type,
    mode: type === 'directory' ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    size: type === 'file' ? 1 : 0,
    target: '',
    device: [0, 0],
    xattrs: new Map(),
    offset: 0,
    ...over,
  };
}
const folder = (path: string, over: Partial<LayerEntryPlace> = {}) => entry(path, { type: 'directory', ...over });
const treeOf = (...layers: readonly (readonly LayerEntryPlace[])[]): Tree =>
  layers.reduce<Tree>((tree, entries, at) => applyLayer(tree, at, entries), new Map());

/** Of the entries that make one tree of another; contents are the same where their offset is. */
function changes(lower: Tree, upper: Tree, hardLinks = true): readonly TarEntry[] {
  return difference(lower, upper, { isSameContent, hardLinks }).map(({ entry: it }) => it);
}
const isSameContent = (one: Node, other: Node): boolean => one.content.offset === other.content.offset;
const paths = (entries: readonly TarEntry[]): string[] => entries.map(({ path }) => path);

describe('the difference of two trees', () => {
  const lower = treeOf([
    folder('usr'),
    entry('usr/a'),
    entry('usr/b'),
    folder('var'),
    entry('var/x'),
    folder('var/y'),
    entry('var/y/z'),
  ]);
  const changed = (...own: readonly LayerEntryPlace[]): string[] => paths(changes(lower, applyLayer(lower, 1, own)));

  it('holds nothing that is as it was, whatever an engine names again', () => {
    expect(changed(folder('usr'), entry('usr/a'), folder('var'), folder('var/y'))).toEqual([]);
  });

  it('holds what differs and the folders that lead there', () => {
    expect(changed(entry('usr/a', { mode: 0o755 }))).toEqual(['usr', 'usr/a']);
    expect(changed(entry('usr/a', { offset: 7 }))).toEqual(['usr', 'usr/a']);
    expect(changed(entry('usr/a', { uid: 5 }))).toEqual(['usr', 'usr/a']);
    expect(changed(entry('usr/a', { xattrs: new Map([['security.capability', 'x']]) }))).toEqual(['usr', 'usr/a']);
    expect(changed(entry('usr/b', { type: 'symlink', target: 'a' }))).toEqual(['usr', 'usr/b']);
    expect(changed(folder('var/y', { mode: 0o1777 }))).toEqual(['var', 'var/y']);
  });

  it('has a whiteout for what is gone, and none for what is gone with its folder', () => {
    expect(changed(entry('usr/.wh.a', { size: 0 }))).toEqual(['usr', 'usr/.wh.a']);
    expect(changed(entry('var/.wh.y', { size: 0 }))).toEqual(['var', 'var/.wh.y']);
    expect(changed(entry('.wh.var', { size: 0 }))).toEqual(['.wh.var']);
    expect(changed(entry('var', { size: 1 }))).toEqual(['var']);
  });

  it('writes an opaque folder as what it hides', () => {
    expect(changed(folder('var'), entry('var/.wh..wh..opq', { size: 0 }), entry('var/x'))).toEqual([
      'var',
      'var/.wh.y',
    ]);
  });

  it('links names of one file to the first, and makes a new name of an old file a file of its own', () => {
    const links = [entry('usr/z', { offset: 3 }), entry('usr/c', { type: 'link', target: 'usr/z' })];
    expect(changes(lower, applyLayer(lower, 1, links))).toMatchObject([
      { path: 'usr' },
      { path: 'usr/c', type: 'file', size: 1 },
      { path: 'usr/z', type: 'link', size: 0, target: 'usr/c' },
    ]);
    // Podman names the old file again, BuildKit writes a file: the layer is the same.
    const podman = [entry('usr/a'), entry('usr/c', { type: 'link', target: 'usr/a' })];
    const buildkit = [entry('usr/c')];
    expect(changes(lower, applyLayer(lower, 1, podman))).toEqual(changes(lower, applyLayer(lower, 1, buildkit)));
    expect(changed(entry('usr/c', { type: 'link', target: 'usr/a' }))).toEqual(['usr', 'usr/c']);
  });

  it('refuses a link to nothing', () => {
    expect(() => applyLayer(lower, 1, [entry('l', { type: 'link', target: 'gone' })])).toThrow('no file of the image');
  });

  it('sorts by bytes', () => {
    const tree = treeOf([folder('a'), entry('a/b'), entry('a.b'), entry('\u00e4'), entry('Z')]);
    expect(paths(changes(new Map(), tree))).toEqual(['Z', 'a', 'a.b', 'a/b', '\u00e4']);
  });
});

describe('whatever two trees are', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  const node = fc.tuple(
    path,
    fc.constantFrom('file', 'directory', 'symlink', 'link'),
    fc.constantFrom(0o644, 0o755),
    fc.nat(2),
  );
  /** A tree that can be: what lies in something lies in a folder. */
  const trees = fc.array(node, { maxLength: 12 }).map((nodes): LayerEntryPlace[] => {
    const found = new Map<string, LayerEntryPlace>();
    for (const [where, type, mode, offset] of nodes) {
      const parts = where.split('/').slice(0, -1);
      const folders = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
      if (folders.some((it) => found.has(it) && found.get(it)?.type !== 'directory')) continue;
      if ([...found.keys()].some((it) => it.startsWith(`${where}/`)) && type !== 'directory') continue;
      for (const it of folders) if (!found.has(it)) found.set(it, folder(it));
      const file = [...found.values()].find((it) => it.type === 'file');
      if (type === 'link' && file === undefined) continue;
      // A folder stays before what it holds, and a file before its links.
      if (found.has(where)) continue;
      const target = type === 'symlink' ? 'x' : type === 'link' ? (file?.path ?? '') : '';
      found.set(where, entry(where, { type, mode, offset, target, size: type === 'file' ? 1 : 0 }));
    }
    return [...found.values()];
  });
  const seen = (tree: Tree) =>
    [...tree].map(([at, { content, ...fields }]) => [at, fields, fields.type === 'file' && content.offset]).sort();

  it('the layer on the one is the other, and holds no entry twice', () => {
    fc.assert(
      fc.property(trees, trees, (one, other) => {
        const [lower, upper] = [treeOf(one), treeOf(other)];
        const found = difference(lower, upper, { isSameContent, hardLinks: true });
        const layer = found.map(({ entry: it, content }) => ({ ...it, offset: content?.content.offset ?? 0 }));
        // Sorted, a link comes after its file.
        expect(seen(applyLayer(lower, 1, layer))).toEqual(seen(upper));
        expect(new Set(paths(layer)).size).toBe(layer.length);
        expect(changes(upper, applyLayer(lower, 1, layer))).toEqual([]);
      }),
      { numRuns: 500, seed: 18 },
    );
  });

  it('it is the same whether an engine makes one layer or several, and whatever it names again', () => {
    fc.assert(
      fc.property(trees, trees, trees, (one, two, three) => {
        const lower = treeOf(one);
        const [middle, upper] = [treeOf(two), treeOf(three)];
        const own = (from: Tree, to: Tree) =>
          difference(from, to, { isSameContent, hardLinks: true }).map(({ entry: it, content }) => ({
            ...it,
            offset: content?.content.offset ?? 0,
          }));
        const several = applyLayer(applyLayer(lower, 1, own(lower, middle)), 2, own(middle, upper));
        const whole = applyLayer(lower, 1, [...own(lower, new Map()), ...three]);
        expect(changes(lower, several, false)).toEqual(changes(lower, upper, false));
        expect(changes(lower, whole)).toEqual(changes(lower, upper));
      }),
      { numRuns: 300, seed: 18 },
    );
  });
});

describe('places that engines mount on', () => {
  const bare = treeOf([folder('bin'), entry('bin/sh')]);
  const left = (...own: readonly LayerEntryPlace[]): string[] =>
    paths(changes(bare, withMountPoints(bare, applyLayer(bare, 1, own), { volumes: [], runs: ['/a/b/c', '/x'] })));
  const always = ['a', 'a/b', 'dev', 'etc', 'proc', 'run', 'sys'];

  it('are the same whichever engine ran a RUN', () => {
    expect(left()).toEqual(always);
    expect(left(folder('etc'), entry('etc/hostname', { size: 0 }), folder('run'), folder('a'))).toEqual(always);
    expect(left(folder('dev'), folder('proc'), folder('sys'), folder('run/secrets'), folder('a/b'))).toEqual(always);
  });

  it('have their usual mode where they are empty, and keep another where they are not', () => {
    const modes = (...own: readonly LayerEntryPlace[]) =>
      changes(bare, withMountPoints(bare, applyLayer(bare, 1, own), { volumes: [], runs: [] })).flatMap(
        ({ path, mode }) => (path === 'proc' || path === 'run' ? [mode] : []),
      );
    expect(modes(folder('proc', { mode: 0o555 }), folder('run', { mode: 0o700, uid: 5 }))).toEqual([0o755, 0o755]);
    expect(modes(folder('run', { mode: 0o711 }), entry('run/x'))).toEqual([0o755, 0o711]);
  });

  it('are kept where they hold something, or the base has them', () => {
    expect(left(folder('etc'), entry('etc/hosts'))).toEqual([
      'a',
      'a/b',
      'dev',
      'etc',
      'etc/hosts',
      'proc',
      'run',
      'sys',
    ]);
    const base = treeOf([
      ...['a', 'a/b', 'dev', 'etc', 'proc', 'run', 'sys'].map((it) => folder(it)),
      entry('etc/hosts', { size: 0 }),
    ]);
    expect(changes(base, withMountPoints(base, base, { volumes: ['/a/b'], runs: ['/a/b/c'] }))).toEqual([]);
  });

  it('are there for volumes, with no RUN too', () => {
    const made = (own: readonly LayerEntryPlace[]) =>
      paths(changes(bare, withMountPoints(bare, applyLayer(bare, 1, own), { volumes: ['/data/x/', '/'] })));
    expect(made([])).toEqual(['data', 'data/x']);
    expect(made([entry('etc/hostname', { size: 0 }), folder('etc')])).toEqual([
      'data',
      'data/x',
      'etc',
      'etc/hostname',
    ]);
  });
});

import { whiteoutOf } from '../whiteouts.ts';
import type { EntryType, TarEntry } from './entry.ts';

/** Where the content of a file lies: which layer, counted from the lowest, and where in its archive. */
export interface ContentPlace {
  readonly layer: number;
  readonly offset: number;
}

/** A file, folder or anything else of a tree. Hard links are one node under several paths. */
export interface Node extends Omit<TarEntry, 'path' | 'type'> {
  readonly type: Exclude<EntryType, 'link'>;
  readonly content: ContentPlace;
}

/** What a container sees: nodes by path. The root is not in it, as engines differ in what they give it. */
export type Tree = ReadonlyMap<string, Node>;

/** An entry of a layer, and where its content lies. */
export type LayerEntryPlace = TarEntry & { readonly offset: number };

/**
 * Puts a layer on a tree, as the OCI image spec says (layer.md): whiteouts take away what the layers below have, never what the layer itself
 * brings; a folder on a folder keeps what is in it; anything else takes the place of what was there.
 *
 * @param lower the tree below
 * @param layer its number
 * @param entries in the order of the archive
 * @throws Error on a hard link to a file that isn't there
 */
export function applyLayer(lower: Tree, layer: number, entries: readonly LayerEntryPlace[]): Tree {
  const isHidden = hiddenBy(entries);
  const tree = new Map([...lower].filter(([path]) => !isHidden(path)));
  for (const entry of entries) {
    const { path } = entry;
    if (path === '' || whiteoutOf(path) !== undefined) continue;
    const node = nodeOf(entry, layer, tree);
    if (node.type !== 'directory' && tree.get(path)?.type === 'directory')
      for (const below of [...tree.keys()]) if (below.startsWith(`${path}/`)) tree.delete(below);
    tree.set(path, node);
  }
  return tree;
}

/** Tells which paths of the layers below the whiteouts of a layer take away. */
function hiddenBy(entries: readonly LayerEntryPlace[]): (path: string) => boolean {
  const whiteouts = entries.flatMap(({ path }) => whiteoutOf(path) ?? []);
  if (whiteouts.length === 0) return () => false;
  const [gone, emptied] = [true, false].map(
    (itself) => new Set(whiteouts.filter(({ self }) => self === itself).map(({ path }) => path)),
  );
  const isIn = (set: ReadonlySet<string> | undefined, path: string): boolean => set?.has(path) === true;
  return (path) =>
    isIn(gone, path) ||
    isIn(emptied, '.') ||
    foldersOf(path).some((folder) => isIn(gone, folder) || isIn(emptied, folder));
}

function nodeOf(entry: LayerEntryPlace, layer: number, tree: Tree): Node {
  const { path, type, mode, uid, gid, size, target, device, xattrs, offset } = entry;
  if (type !== 'link') return { type, mode, uid, gid, size, target, device, xattrs, content: { layer, offset } };
  const linked = tree.get(target);
  if (linked === undefined || linked.type === 'directory')
    throw new Error(`${path} is a hard link to ${target}, which is no file of the image`);
  return linked;
}

/** The folders that a path lies in, the outermost first. */
export function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
}

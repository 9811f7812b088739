import type { TarEntry } from './entry.ts';
import { foldersOf, type Node, type Tree } from './tree.ts';

/** What stands for a path that the layers below have and the tree has not. */
const WHITEOUT = {
  type: 'file',
  mode: 0,
  uid: 0,
  gid: 0,
  size: 0,
  target: '',
  device: [0, 0],
  xattrs: new Map(),
} as const;

/** An entry of the layer to be written; where it is a file that isn't empty, with the node whose content it has. */
export interface DifferenceEntry {
  readonly entry: TarEntry;
  readonly content?: Node;
}

/**
 * The layer that makes one tree of another. It holds what differs in anything but the time, the folders that lead there, and whiteouts;
 * nothing else that the lower tree has. Folders on the way are named since not every engine takes over the mode of one that a layer leaves out.
 * Files are compared path by path: a new name of a file that the lower tree has is a file of its own, as no link may lead into a lower layer.
 *
 * @param lower tree of the layers below
 * @param upper tree that the layer must lead to
 * @param o.isSameContent whether two files of one size have the same bytes
 * @param o.hardLinks whether several names of one file stay that; otherwise each becomes a file of its own
 * @returns entries sorted by the bytes of their paths; of several names of one file the first is the file, the others are links to it
 */
export function difference(
  lower: Tree,
  upper: Tree,
  { isSameContent, hardLinks }: { isSameContent: (one: Node, other: Node) => boolean; hardLinks: boolean },
): DifferenceEntry[] {
  const isChanged = (path: string, node: Node): boolean => {
    const before = lower.get(path);
    if (before === node) return false;
    if (before === undefined || !hasSameFields(before, node)) return true;
    return node.type === 'file' && node.size > 0 && !isSameContent(before, node);
  };
  const changed = [...upper].filter(([path, node]) => isChanged(path, node)).map(([path]) => path);
  const removed = [...lower.keys()].filter((path) => !upper.has(path) && isFolder(upper, parentOf(path)));
  const written = new Set([...changed, ...removed.map(whiteoutPath)]);
  for (const path of [...changed, ...removed]) for (const folder of foldersOf(path)) written.add(folder);
  const files = new Map<Node, string>();
  return [...written].sort(byBytes).map((path): DifferenceEntry => {
    const node = upper.get(path);
    if (node === undefined) return { entry: { ...WHITEOUT, path } };
    const { content: _, ...fields } = node;
    const file = files.get(node);
    if (file !== undefined) return { entry: { ...fields, path, type: 'link', size: 0, target: file } };
    if (hardLinks && node.type !== 'directory') files.set(node, path);
    return { entry: { ...fields, path }, ...(node.size > 0 && { content: node }) };
  });
}

/** Paths are byte strings: the order of their characters is that of their bytes. A folder comes before what is in it. */
function byBytes(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function hasSameFields(one: Node, other: Node): boolean {
  return (
    one.type === other.type &&
    one.mode === other.mode &&
    one.uid === other.uid &&
    one.gid === other.gid &&
    one.size === other.size &&
    one.target === other.target &&
    one.device.join() === other.device.join() &&
    one.xattrs.size === other.xattrs.size &&
    [...one.xattrs].every(([name, value]) => other.xattrs.get(name) === value)
  );
}

function isFolder(tree: Tree, path: string): boolean {
  return path === '' || tree.get(path)?.type === 'directory';
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function whiteoutPath(path: string): string {
  const folder = parentOf(path);
  return `${folder}${folder === '' ? '' : '/'}.wh.${path.slice(folder === '' ? 0 : folder.length + 1)}`;
}

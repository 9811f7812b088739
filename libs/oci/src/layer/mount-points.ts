import { foldersOf, type Node, type Tree } from './tree.ts';

/** Where engines mount something into every container, as far as they make the place themselves when the image has none. */
const FILES = [
  '.dockerenv',
  'etc/hostname',
  'etc/hosts',
  'etc/mtab',
  'etc/resolv.conf',
  'run/.containerenv',
  'run/secrets',
];
const FOLDERS = ['dev', 'etc', 'proc', 'run', 'sys'];

const FOLDER: Node = {
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  target: '',
  device: [0, 0],
  xattrs: new Map(),
  content: { layer: -1, offset: 0 },
};

/**
 * Gives a tree in which a RUN ran the same places to mount on, whichever engine ran it: each leaves others behind where the image below has
 * none (Podman 4.3 the folders that a mount lies in; 5.4 an empty /etc/hostname and /run; 5.8, 6.1 and BuildKit /dev, /proc and /sys). The
 * folders are there, since a folder that somebody made must not go; the files are not, where they are empty.
 *
 * @param lower tree of the layers below: what it has stays
 * @param upper tree that the RUN left
 * @param mounts absolute paths of what the RUN itself mounted
 */
export function withMountPoints(lower: Tree, upper: Tree, mounts: readonly string[]): Tree {
  const tree = new Map(upper);
  const parents = new Set([...upper.keys()].flatMap(foldersOf));
  for (const path of FILES) {
    const node = tree.get(path);
    const isEmpty = node?.type === 'file' ? node.size === 0 : node?.type === 'directory' && !parents.has(path);
    if (isEmpty && !lower.has(path)) tree.delete(path);
  }
  for (const path of [...FOLDERS, ...mounts.flatMap((mount) => foldersOf(mount.replace(/^\/+|\/+$/g, '')))]) {
    if (tree.has(path)) continue;
    tree.set(path, FOLDER);
  }
  return tree;
}

import { posix } from 'node:path';
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

/** What is mounted on folders of an image. */
export interface Mounts {
  /** Absolute paths of the image's volumes. */
  readonly volumes: readonly string[];
  /** Absolute paths of what RUN instructions mounted; absent where none ran. */
  readonly runs?: readonly string[];
}

/**
 * Gives a tree the same places to mount on, whichever engine made it: each leaves others behind where the image below has none (Podman 4.3 the
 * folders that a mount of a RUN lies in, and now and then one for a volume; 5.4 an empty /etc/hostname and /run; 5.8, 6.1 and BuildKit /dev,
 * /proc and /sys). The folders are there, since a folder that somebody made must not go, with their usual mode where they are empty, as runtimes differ in it; the
 * files are not, where they are empty.
 *
 * @param lower tree of the layers below: what it has stays
 * @param upper tree of the image
 */
export function withMountPoints(lower: Tree, upper: Tree, { volumes, runs }: Mounts): Tree {
  const tree = new Map(upper);
  if (runs !== undefined) {
    const parents = new Set([...upper.keys()].flatMap(foldersOf));
    for (const path of FILES) {
      const node = tree.get(path);
      const isEmpty = node?.type === 'file' ? node.size === 0 : node?.type === 'directory' && !parents.has(path);
      if (isEmpty && !lower.has(path)) tree.delete(path);
    }
    const left = new Set([...tree.keys()].flatMap(foldersOf));
    for (const path of FOLDERS) {
      const isEmpty = tree.get(path)?.type === 'directory' && !left.has(path);
      if (!tree.has(path) || (isEmpty && !lower.has(path))) tree.set(path, FOLDER);
    }
    for (const path of runs.flatMap((mount) => foldersOf(relative(mount)))) if (!tree.has(path)) tree.set(path, FOLDER);
  }
  for (const path of volumes.map(relative))
    for (const folder of [...foldersOf(path), path]) if (path !== '' && !tree.has(folder)) tree.set(folder, FOLDER);
  return tree;
}

function relative(path: string): string {
  // Layers know a path by its bytes.
  return Buffer.from(posix.normalize(path).replace(/^\/+|\/+$/g, ''), 'utf8').toString('latin1');
}

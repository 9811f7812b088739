import type { Header } from 'tar-stream';

/** A file's content, shared by all its hard links: where it lies in the spool. */
export interface Content {
  readonly offset: number;
  readonly size: number;
  readonly sha256: string;
}

export interface Attributes {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
}

export type Node = Attributes &
  (
    | { readonly type: 'directory' }
    | { readonly type: 'file'; readonly content: Content }
    | { readonly type: 'symlink'; readonly linkname: string }
    | { readonly type: 'device'; readonly header: Header }
  );

/** A path whose target climbs out, loops, or leads through something that is no folder. */
export class PathError extends Error {}

const MOST_LINKS = 40;

/** A file system in memory (contents elsewhere): paths relative to the root, without `./`. Keeps to what dpkg does. */
export class RootTree {
  readonly #nodes = new Map<string, Node>();

  get(path: string): Node | undefined {
    return this.#nodes.get(path);
  }

  set(path: string, node: Node): void {
    this.#nodes.set(path, node);
  }

  /** All paths, sorted by their bytes, folders before what is in them. */
  sorted(): [string, Node][] {
    return [...this.#nodes].sort(([one], [other]) => (one < other ? -1 : 1));
  }

  /**
   * Follows the symbolic links among a path's folders, not its last part: `bin/sh` → `usr/bin/sh`.
   *
   * @param path as an archive writes it: `./bin/sh`
   * @returns the path inside the root, '' for the root itself
   * @throws {PathError} it climbs out or loops
   */
  resolve(path: string): string {
    let todo = path.split('/').filter((part) => part !== '' && part !== '.');
    if (todo.includes('..')) throw new PathError(`${path} climbs out`);
    const done: string[] = [];
    let links = 0;
    while (todo.length > 0) {
      const [part = '', ...rest] = todo;
      todo = rest;
      if (part === '..') {
        done.pop();
        continue;
      }
      done.push(part);
      const node = rest.length === 0 ? undefined : this.#nodes.get(done.join('/'));
      if (node === undefined || node.type === 'directory') continue;
      if (node.type !== 'symlink') throw new PathError(`${path} leads through ${done.join('/')}, which is no folder`);
      if (++links > MOST_LINKS) throw new PathError(`${path} leads through too many symbolic links`);
      done.pop();
      if (node.linkname.startsWith('/')) done.length = 0;
      todo = [...node.linkname.split('/').filter((one) => one !== '' && one !== '.'), ...rest];
    }
    return done.join('/');
  }
}

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError, withTemporaryDirectory } from '@dockyard/exec';
import { pack, type Pack } from 'tar-stream';
import { type DebEntry, type DebFile, openDeb } from './deb-file.ts';
import { drained } from './drained.ts';
import { type Attributes, type Content, type Node, PathError, RootTree } from './root-tree.ts';

const MERGED = ['bin', 'sbin', 'lib'];
const MERGED_WHERE_USED = ['lib32', 'lib64', 'libx32', 'libo32'];
// Podman mounts its own over /etc/hostname, and leaves the file that it makes for that in the image, in a mode that depends on its version.
const EMPTY_FILES = ['var/lib/dpkg/status', 'var/lib/dpkg/available', 'etc/hostname'];
const READ_SIZE = 1 << 20;

export interface RootfsOptions {
  /**
   * Leaves files out: called with each path that is not a folder, relative to the root and with /usr merged
   * (`usr/share/doc/apt/NEWS.gz`). Folders that hold nothing else are left out with them. See {@link dispensable}.
   */
  readonly exclude?: (path: string) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * Merges Debian packages into the tar of one root file system with merged /usr, without running anything of them: no
 * maintainer script has run in it. The same packages give the same bytes, whatever their order. Owners, modes, times
 * and hard links stay; `var/lib/dpkg/status` and `available` are there and empty, so that dpkg can start from it, and `etc/hostname`.
 *
 * @param debs paths of .deb files of one architecture
 * @param output the tar; written atomically
 * @param options what to leave out
 * @throws {UserError} a package can't be read, or two hold different files of one name and neither replaces the other
 */
export async function writeRootfs(debs: readonly string[], output: string, options: RootfsOptions = {}): Promise<void> {
  await mkdir(dirname(output), { recursive: true });
  await withTemporaryDirectory(dirname(output), `.${basename(output)}.`, async (dir) => {
    const spool = await open(join(dir, 'contents'), 'w+');
    try {
      const merge = new Merge(spool);
      for (const deb of await openAll(debs)) {
        options.signal?.throwIfAborted();
        await merge.add(deb);
      }
      const tree = merge.finish(options.exclude ?? (() => false));
      const tar = pack();
      // Whoever reads the tar sees the error.
      void writeTree(tar, tree, spool).catch((error: unknown) => tar.destroy(error as Error));
      const written = Readable.from(tar as AsyncIterable<Uint8Array>, { objectMode: false });
      const file = join(dir, 'rootfs.tar');
      await pipeline(written, createWriteStream(file), options.signal === undefined ? {} : { signal: options.signal });
      await rename(file, output);
    } finally {
      await spool.close();
    }
  });
}

// base-files comes first: it owns the folders everybody ships, with their special modes, and the links of merged /usr.
async function openAll(debs: readonly string[]): Promise<DebFile[]> {
  const opened: { key: string; deb: DebFile }[] = [];
  for (const file of debs) {
    const deb = await openDeb(file);
    const name = deb.control.field('Package') ?? '';
    opened.push({ deb, key: `${name === 'base-files' ? 0 : 1} ${name} ${deb.control.field('Version') ?? ''}` });
  }
  return opened.sort((one, other) => (one.key < other.key ? -1 : 1)).map(({ deb }) => deb);
}

class Merge {
  readonly #tree = new RootTree();
  readonly #owners = new Map<string, DebFile>();
  readonly #spool: FileHandle;
  #spooled = 0;
  #newest = new Date(0);

  constructor(spool: FileHandle) {
    this.#spool = spool;
    for (const name of MERGED) this.#link(name);
  }

  #link(name: string): void {
    this.#tree.set(name, { type: 'symlink', linkname: `usr/${name}`, mode: 0o777, uid: 0, gid: 0, mtime: new Date(0) });
  }

  async add(deb: DebFile): Promise<void> {
    for await (const entry of deb.entries()) {
      try {
        await this.#addEntry(deb, entry);
      } catch (error) {
        if (!(error instanceof PathError)) throw error;
        throw new UserError(`${basename(deb.file)} has an entry that can't be unpacked: ${error.message}.`, {
          cause: error,
        });
      }
    }
  }

  async #addEntry(deb: DebFile, { header, content }: DebEntry): Promise<void> {
    const top = header.name.replace(/^(\.?\/)+/, '').split('/')[0] ?? '';
    if (MERGED_WHERE_USED.includes(top) && this.#tree.get(top) === undefined) this.#link(top);
    const path = this.#tree.resolve(header.name);
    const node = await this.#node(path, { header, content });
    if (node.mtime > this.#newest) this.#newest = node.mtime;
    const present = this.#tree.get(path);
    // As dpkg: a folder that is there keeps its owner and mode, and one that is a link stays a link.
    if (present !== undefined && node.type === 'directory') {
      if (present.type === 'directory' || present.type === 'symlink') return;
      throw new PathError(`${path} is a file in another package`);
    }
    if (present?.type === 'directory') {
      if (node.type === 'symlink') return;
      throw new PathError(`${path} is a folder in another package`);
    }
    if (present !== undefined && !this.#overrides(deb, path, present, node)) return;
    this.#tree.set(path, node);
    this.#owners.set(path, deb);
  }

  async #node(path: string, { header, content }: DebEntry): Promise<Node> {
    const attributes: Attributes = {
      mode: header.mode & 0o7777,
      uid: header.uid,
      gid: header.gid,
      mtime: header.mtime,
    };
    switch (header.type) {
      case 'directory':
        return { ...attributes, type: 'directory' };
      case 'symlink':
        return { ...attributes, type: 'symlink', linkname: header.linkname };
      case 'file':
      case 'contiguous-file':
        return { ...attributes, type: 'file', content: await this.#keep(content) };
      case 'link': {
        const target = this.#tree.get(this.#tree.resolve(header.linkname));
        if (target?.type !== 'file')
          throw new PathError(`${path} is a hard link to ${header.linkname}, which isn't there`);
        return target;
      }
      case 'character-device':
      case 'block-device':
      case 'fifo':
        return { ...attributes, type: 'device', header };
      default:
        throw new PathError(`${path} is of a kind that is not known`);
    }
  }

  async #keep(content: AsyncIterable<Uint8Array>): Promise<Content> {
    const hash = createHash('sha256');
    const offset = this.#spooled;
    for await (const chunk of content) {
      hash.update(chunk);
      await this.#spool.write(chunk, 0, chunk.length, this.#spooled);
      this.#spooled += chunk.length;
    }
    return { offset, size: this.#spooled - offset, sha256: hash.digest('hex') };
  }

  // dpkg refuses two owners of a file, unless one of them says that it replaces the other.
  #overrides(deb: DebFile, path: string, present: Node, node: Node): boolean {
    if (MERGED.includes(path) || MERGED_WHERE_USED.includes(path)) return true;
    if (same(present, node)) return false;
    const owner = this.#owners.get(path);
    if (owner === undefined || owner === deb || replaces(deb, owner)) return true;
    if (replaces(owner, deb)) return false;
    throw new UserError(
      `${basename(owner.file)} and ${basename(deb.file)} both hold /${path}, with different contents.`,
      {
        hint: 'These packages do not go together: leave one of them out.',
      },
    );
  }

  finish(exclude: (path: string) => boolean): RootTree {
    const tree = new RootTree();
    const folder = (mode = 0o755): Node => ({ type: 'directory', mode, uid: 0, gid: 0, mtime: this.#newest });
    for (const path of EMPTY_FILES)
      this.#tree.set(path, { ...folder(0o644), type: 'file', content: { offset: 0, size: 0, sha256: '' } });
    const nodes = this.#tree.sorted();
    const cleared = new Set<string>();
    const kept = nodes.filter(([path, node]) => {
      if (node.type === 'directory' || !exclude(path)) return true;
      for (const parent of parents(path)) cleared.add(parent);
      return false;
    });
    const holding = new Set(kept.flatMap(([path, node]) => (node.type === 'directory' ? [] : parents(path))));
    for (const [path, node] of kept) {
      if (node.type === 'directory' && cleared.has(path) && !holding.has(path)) continue;
      for (const parent of parents(path))
        if (tree.get(parent) === undefined) tree.set(parent, this.#tree.get(parent) ?? folder());
      if (isMerged(path, node) && tree.get(`usr/${path}`) === undefined)
        tree.set(`usr/${path}`, this.#tree.get(`usr/${path}`) ?? folder());
      tree.set(path, isMerged(path, node) && node.mtime.getTime() === 0 ? { ...node, mtime: this.#newest } : node);
    }
    return tree;
  }
}

function isMerged(path: string, node: Node): boolean {
  return node.type === 'symlink' && !path.includes('/') && node.linkname === `usr/${path}`;
}

function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'));
}

function same(one: Node, other: Node): boolean {
  if (one.type === 'file' && other.type === 'file') return one.content.sha256 === other.content.sha256;
  return one.type === 'symlink' && other.type === 'symlink' && one.linkname === other.linkname;
}

function replaces(deb: DebFile, other: DebFile): boolean {
  const name = other.control.field('Package') ?? '';
  const names = (deb.control.field('Replaces') ?? '').split(',').map((one) => one.trim().split(/[\s(:]/)[0]);
  return names.includes(name);
}

async function writeTree(tar: Pack, tree: RootTree, spool: FileHandle): Promise<void> {
  const nodes = tree.sorted();
  const written = new Map<Content, string>();
  const folders = nodes.filter(([, node]) => node.type === 'directory');
  const rest = nodes.filter(([, node]) => node.type !== 'directory');
  for (const [path, node] of [...folders, ...rest]) {
    const { mode, uid, gid, mtime } = node;
    const common = { mode, uid, gid, mtime };
    if (node.type === 'directory') tar.entry({ ...common, name: path === '' ? './' : `${path}/`, type: 'directory' });
    else if (node.type === 'symlink') tar.entry({ ...common, name: path, type: 'symlink', linkname: node.linkname });
    else if (node.type === 'device') {
      const { type, devmajor, devminor } = node.header;
      tar.entry({ ...common, name: path, type, devmajor, devminor });
    } else {
      const first = written.get(node.content);
      if (first !== undefined) tar.entry({ ...common, name: path, type: 'link', linkname: first });
      else {
        written.set(node.content, path);
        await writeContent(tar, { ...common, name: path, size: node.content.size }, node.content, spool);
      }
    }
  }
  tar.finalize();
}

async function writeContent(tar: Pack, header: Parameters<Pack['entry']>[0], content: Content, spool: FileHandle) {
  const sink = tar.entry(header);
  for (let done = 0; done < content.size;) {
    const length = Math.min(READ_SIZE, content.size - done);
    const { bytesRead, buffer } = await spool.read(Buffer.alloc(length), 0, length, content.offset + done);
    if (bytesRead === 0) throw new Error('the spool file of the root file system has become shorter');
    done += bytesRead;
    if (!sink.write(buffer.subarray(0, bytesRead))) await drained(sink);
  }
  await new Promise<void>((resolve, reject) => {
    sink.once('close', () => resolve());
    sink.once('error', reject);
    sink.end(undefined);
  });
}

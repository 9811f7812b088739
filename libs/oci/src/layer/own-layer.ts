import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withTemporaryDirectory } from '@dockyard/exec';
import { blobPath } from '../digest.ts';
import { LayoutError } from '../errors.ts';
import { gzipStreams } from '../gzip.ts';
import { MEDIA_TYPES } from '../types.ts';
import type { Descriptor, Digest } from '../types.ts';
import { difference, type DifferenceEntry } from './difference.ts';
import { type Mounts, withMountPoints } from './mount-points.ts';
import { type Layer, readLayer } from './read-layer.ts';
import { Sum } from './sum.ts';
import { applyLayer, type ContentPlace, type LayerEntryPlace, type Node, type Tree } from './tree.ts';
import { END_OF_ARCHIVE, entryHeader, padding } from './write-tar.ts';

const CHUNK_BYTES = 1024 * 1024;
const PIECE_BYTES = 128 * 1024;

/** A layer in a layout. */
export interface StoredLayer extends Descriptor {
  /** Digest of the uncompressed layer. */
  readonly diffId: Digest;
}

/** What {@link storeOwnLayer} takes. */
export interface OwnLayerOptions {
  /** What lies below. */
  readonly lower: Lower;
  /** What the engine put on them, in as many layers as it likes. */
  readonly own: readonly Layer[];
  /** Folder of the layout that is being made. */
  readonly layout: string;
  /** Seconds since 1970: the time of every entry. */
  readonly epoch: number;
  readonly mounts: Mounts;
  /**
   * Several names of one file stay that. Only where one instruction alone brought files: BuildKit, which makes a layer for each, loses a link to
   * a file of an earlier one, and Podman, which makes one of all, keeps it.
   */
  readonly hardLinks: boolean;
}

/** What {@link storeOwnLayer} made. */
export interface OwnLayer {
  /** Undefined where the image adds nothing to the one below. */
  readonly layer: StoredLayer | undefined;
  /** Extended attributes that the engine kept and the layer doesn't hold: `path: name`. */
  readonly dropped: readonly string[];
}

/**
 * Puts the layers that an engine made into a layout as one, in a form that depends on nothing but the files in them: the difference against
 * the tree below, its entries sorted, in one flavour of tar, gzipped by us. Archives and trees aren't held in memory, only names and fields.
 *
 * @returns the layer's descriptor in the layout
 * @throws LayoutError when a digest or a size is wrong, compressed data is damaged, or a layer holds what none can
 */
export async function storeOwnLayer(o: OwnLayerOptions): Promise<OwnLayer> {
  return withTemporaryDirectory(path.dirname(o.layout), '.layer-', async (folder) => {
    const archives: string[] = [];
    const own: LayerEntryPlace[][] = [];
    const dropped: string[] = [];
    for (const layer of o.own) {
      const isPlain = layer.descriptor.mediaType === MEDIA_TYPES.layer;
      const archive = isPlain ? layer.file : path.join(folder, String(archives.length));
      const read = await readLayer(layer, isPlain ? {} : { copy: archive });
      archives.push(archive);
      own.push([...read.entries]);
      dropped.push(...read.dropped);
    }
    const lower = o.lower;
    const contents = new Contents(lower.layers.length, archives);
    try {
      const upper = own.reduce<Tree>(
        (tree, entries, at) => inFile(o.own[at], () => applyLayer(tree, lower.layers.length + at, entries)),
        lower.tree,
      );
      const tree = withMountPoints(lower.tree, upper, o.mounts);
      const digests = await upperDigests(lower, tree, contents);
      const isSameContent = (below: Node, above: Node): boolean => {
        const digest = digests.get(above);
        return digest !== undefined && digest === lower.digests.get(placeKey(below.content));
      };
      const entries = difference(lower.tree, tree, { isSameContent, hardLinks: o.hardLinks });
      if (entries.length === 0) return { layer: undefined, dropped };
      await contents.fetch(entries, lower.layers, path.join(folder, 'lower'));
      return { layer: await write(o.layout, entries, contents, o.epoch), dropped };
    } finally {
      await contents.close();
    }
  });
}

/** The layers of an image, and what they come to. */
export interface Lower {
  /** The lowest first. */
  readonly layers: readonly Layer[];
  readonly tree: Tree;
  /** Digests of the contents of files, by place. */
  readonly digests: ReadonlyMap<string, string>;
}

/**
 * Reads the layers below an image's own.
 *
 * @param layers the lowest first
 * @throws LayoutError when one is damaged, or holds what none can
 */
export async function readLower(layers: readonly Layer[]): Promise<Lower> {
  const digests = new Map<string, string>();
  let tree: Tree = new Map();
  for (const [at, layer] of layers.entries()) {
    const { entries } = await readLayer(layer, {
      onEntry: async ({ type, size, offset, content }) => {
        if (type === 'file' && size > 0) digests.set(placeKey({ layer: at, offset }), await digestOf(content));
      },
    });
    tree = inFile(layer, () => applyLayer(tree, at, entries));
  }
  return { layers, tree, digests };
}

/** Digests of the files of the own layers that have the fields of one below. */
async function upperDigests(lower: Lower, tree: Tree, contents: Contents): Promise<Map<Node, string>> {
  const found = new Map<Node, string>();
  for (const [path, node] of tree) {
    const below = lower.tree.get(path);
    if (node.type !== 'file' || below === undefined || below === node || below.size !== node.size) continue;
    if (found.has(node) || !lower.digests.has(placeKey(below.content))) continue;
    found.set(node, await digestOf(contents.read(node)));
  }
  return found;
}

/** Reads contents of files out of the archives that they lie in. */
class Contents {
  readonly #first: number;
  readonly #archives: readonly string[];
  readonly #open = new Map<string, FileHandle>();
  readonly #fetched = new Map<string, { archive: string; offset: number }>();

  /** @param first number of the lowest own layer; @param archives the own layers, not compressed */
  constructor(first: number, archives: readonly string[]) {
    this.#first = first;
    this.#archives = archives;
  }

  /** Takes out of the compressed layers below what entries need of them: a file that got another name. */
  async fetch(entries: readonly DifferenceEntry[], lower: readonly Layer[], archive: string): Promise<void> {
    const wanted = new Set(
      entries.flatMap(({ content }) =>
        content !== undefined && content.content.layer < this.#first ? [placeKey(content.content)] : [],
      ),
    );
    if (wanted.size === 0) return;
    const file = await this.#handle(archive, 'wx+');
    let end = 0;
    for (const [at, layer] of lower.entries()) {
      await readLayer(layer, {
        onEntry: async ({ offset, content }) => {
          const key = placeKey({ layer: at, offset });
          if (!wanted.delete(key)) return;
          this.#fetched.set(key, { archive, offset: end });
          for await (const chunk of content) end += (await file.write(chunk, 0, chunk.length, end)).bytesWritten;
        },
      });
    }
  }

  async *read({ content, size }: Node): AsyncGenerator<Buffer, void, undefined> {
    const fetched = this.#fetched.get(placeKey(content));
    const archive = fetched?.archive ?? this.#archives[content.layer - this.#first];
    if (archive === undefined) throw new Error(`nothing was fetched of layer ${String(content.layer)}`);
    const handle = await this.#handle(archive, 'r');
    const start = fetched?.offset ?? content.offset;
    for (let done = 0; done < size;) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - done));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + done);
      if (bytesRead === 0) throw new LayoutError(archive, 'the layer became shorter while it was read');
      done += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    for (const handle of this.#open.values()) await handle.close();
  }

  async #handle(file: string, flags: string): Promise<FileHandle> {
    const known = this.#open.get(file);
    if (known !== undefined) return known;
    const handle = await open(file, flags);
    this.#open.set(file, handle);
    return handle;
  }
}

async function write(
  layout: string,
  entries: readonly DifferenceEntry[],
  contents: Contents,
  epoch: number,
): Promise<StoredLayer> {
  const [plain, blob] = [new Sum(), new Sum()];
  // The name is the digest, which is known only at the end. The whole folder is removed if this fails.
  const temporary = path.join(layout, 'blobs', 'sha256', '.own');
  await pipeline([
    Readable.from(inPieces(archiveOf(entries, contents, epoch)), { objectMode: false }),
    plain,
    ...gzipStreams(),
    blob,
    createWriteStream(temporary, { flags: 'wx' }),
  ]);
  await rename(temporary, blobPath(layout, blob.digest()));
  return { mediaType: MEDIA_TYPES.layerGzip, digest: blob.digest(), size: blob.size, diffId: plain.digest() };
}

async function* archiveOf(
  entries: readonly DifferenceEntry[],
  contents: Contents,
  epoch: number,
): AsyncGenerator<Buffer, void, undefined> {
  for (const { entry, content } of entries) {
    yield entryHeader(entry, epoch);
    if (content === undefined) continue;
    yield* contents.read(content);
    yield padding(content.size);
  }
  yield END_OF_ARCHIVE;
}

/** Headers are small, and each piece costs every step of a pipeline. */
async function* inPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of source) {
    pieces.push(piece);
    size += piece.length;
    if (size < PIECE_BYTES) continue;
    yield Buffer.concat(pieces, size);
    [pieces, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(pieces, size);
}

async function digestOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return hash.digest('hex');
}

function placeKey({ layer, offset }: ContentPlace): string {
  return `${String(layer)}:${String(offset)}`;
}

/** What is wrong with the entries of a layer, with the file that it is in. */
function inFile<T>(layer: Layer | undefined, fn: () => T): T {
  try {
    return fn();
  } catch (error) {
    throw new LayoutError(layer?.file ?? '', error instanceof Error ? error.message : String(error), { cause: error });
  }
}

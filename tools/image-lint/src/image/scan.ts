import { posix } from 'node:path';
import { entryPath, isHidden, type LayerEntry, layerEntries, type LayerFile, whiteoutOf } from '@dockyard/oci';
import { findSecrets } from '../rules/no-secret.ts';
import type { Entry, ImageContents } from './contents.ts';
import { isElf, readElf } from './elf.ts';

/** Of larger files only programs are read. */
const LARGEST_TEXT = 1024 * 1024;

/** A layer, and whether the image itself adds it. */
export interface OwnLayer extends LayerFile {
  readonly own: boolean;
}

/** What the layers of an image come to. */
export type Scan = Pick<ImageContents, 'own' | 'files' | 'deleted' | 'packaged' | 'packages' | 'linkerConfiguration'>;

/**
 * Reads the layers of an image, each once and as a stream, and stacks them as the OCI image spec says (layer.md, whiteouts).
 *
 * @param layers the lowest first
 * @throws LayoutError when a layer is corrupted or no tar
 */
export async function scanLayers(layers: readonly OwnLayer[]): Promise<Scan> {
  const files = new Map<string, Entry>();
  const texts = new Map<string, string>();
  const own: Entry[] = [];
  const deleted: Entry[] = [];
  for (const { file, layer, own: isOwn } of layers) {
    const added: Entry[] = [];
    const removed: Entry[] = [];
    for await (const entry of layerEntries(file, layer)) {
      const path = entryPath(entry.header.name);
      if (path === '') continue;
      const whiteout = whiteoutOf(path);
      if (whiteout !== undefined) {
        removed.push(...[...files.values()].filter((lower) => isHidden(lower.path, whiteout)));
        continue;
      }
      const content = await read(entry);
      added.push(describe(path, entry, content, isOwn));
      if (content !== undefined && isKept(path)) texts.set(path, content.toString('utf8'));
    }
    for (const entry of removed) files.delete(entry.path);
    for (const entry of added) {
      if (entry.type !== 'directory' && files.get(entry.path)?.type === 'directory') {
        for (const path of [...files.keys()]) if (path.startsWith(`${entry.path}/`)) files.delete(path);
      }
      addFolders(files, entry.path);
      files.set(entry.path, entry);
    }
    if (!isOwn) continue;
    own.push(...added);
    deleted.push(...removed.filter(({ type }) => type !== 'directory'));
  }
  for (const path of [...texts.keys()]) if (!files.has(path)) texts.delete(path);
  return { own, files, deleted, ...packagesOf(texts, files), linkerConfiguration: linkerConfiguration(texts) };
}

/** The folders that a path lies in: a layer need not name them. */
function addFolders(files: Map<string, Entry>, path: string): void {
  for (let folder = posix.dirname(path); folder !== '.' && !files.has(folder); folder = posix.dirname(folder)) {
    files.set(folder, {
      path: folder,
      type: 'directory',
      mode: 0o755,
      size: 0,
      capabilities: false,
      own: false,
      secrets: [],
    });
  }
}

function isKept(path: string): boolean {
  return /^var\/lib\/dpkg\/(?:info\/.*\.(?:list|md5sums)|status\.d\/[^/]+)$|^etc\/ld\.so\.conf(?:\.d\/.*\.conf)?$/.test(
    path,
  );
}

/** A program or library whole, another file where it is small; undefined for what no rule reads. */
async function read({ header, content }: LayerEntry): Promise<Buffer | undefined> {
  if (header.type !== 'file' && header.type !== 'contiguous-file') return undefined;
  const chunks: Uint8Array[] = [];
  let wanted: boolean | undefined;
  for await (const chunk of content) {
    wanted ??= isElf(chunk) || header.size <= LARGEST_TEXT;
    if (wanted) chunks.push(chunk);
  }
  return wanted === true ? Buffer.concat(chunks) : undefined;
}

function describe(path: string, { header }: LayerEntry, content: Buffer | undefined, own: boolean): Entry {
  const elf = content === undefined ? undefined : readElf(content);
  const isText = own && elf === undefined && content?.includes(0) === false;
  return {
    path,
    type: typeOf(header.type),
    mode: header.mode & 0o7777,
    size: header.size,
    ...(header.type === 'symlink' && { target: header.linkname }),
    capabilities: Object.hasOwn((header.pax as object | null) ?? {}, 'SCHILY.xattr.security.capability'),
    own,
    ...(elf !== undefined && { elf }),
    secrets: isText ? findSecrets(content.toString('utf8')) : [],
  };
}

function typeOf(type: LayerEntry['header']['type']): Entry['type'] {
  // A hard link is a file; what it is linked to has been looked at.
  if (type === 'file' || type === 'contiguous-file' || type === 'link') return 'file';
  return type === 'directory' || type === 'symlink' ? type : 'other';
}

function packagesOf(
  texts: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, Entry>,
): Pick<Scan, 'packaged' | 'packages'> {
  const packaged = new Map<string, string>();
  const packages = new Set<string>();
  for (const [path, text] of texts) {
    if (!path.startsWith('var/lib/dpkg/')) continue;
    const name = posix
      .basename(path)
      .replace(/\.(?:list|md5sums)$/, '')
      .replace(/:.*$/, '');
    if (files.get(path)?.own === true) packages.add(name);
    // The record of a package in an image without dpkg.
    if (!/\.(?:list|md5sums)$/.test(path)) continue;
    for (const line of text.split('\n')) {
      const owned = line.replace(/^[0-9a-f]{32} +/, '').replace(/^\/+/, '');
      if (owned === '' || owned === '.') continue;
      packaged.set(owned, name);
      // What a package has in /lib lies in /usr/lib since the two were merged.
      if (/^(?:bin|sbin|lib\w*)\//.test(owned)) packaged.set(`usr/${owned}`, name);
    }
  }
  return { packaged, packages: [...packages].sort() };
}

function linkerConfiguration(texts: ReadonlyMap<string, string>): string[] {
  return [...texts]
    .filter(([path]) => path.startsWith('etc/ld.so.conf'))
    .sort()
    .map(([, text]) => text);
}

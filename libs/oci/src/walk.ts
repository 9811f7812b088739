import { existsSync } from 'node:fs';
import path from 'node:path';
import { readJsonBlob } from './blob.ts';
import { blobPath } from './digest.ts';
import { LayoutError } from './errors.ts';
import { parseIndex, parseManifest } from './parse.ts';
import { isIndexType, isManifestType, readIndexJson } from './read.ts';
import type { Descriptor, Digest } from './types.ts';

/** A blob that a layout reaches, and the file that holds it. */
export interface FoundBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly file: string;
}

/**
 * Every blob that a layout's index.json leads to, each digest once, indexes before manifests before what they name.
 * Manifests and indexes are verified, as they are read; configurations and layers are only found.
 *
 * @param layout the layout to start from, thin or full
 * @param parents layouts that are searched, in order, for what it doesn't hold itself
 * @throws LayoutError when a blob is in none of them (the message lists them), or a document is corrupted
 */
export async function walkLayout(layout: string, parents: readonly string[]): Promise<FoundBlob[]> {
  const found = new Map<string, FoundBlob>();
  const searched = [layout, ...parents];
  const find = (descriptor: Descriptor, from: string): string => {
    const { digest, size } = descriptor;
    // With the size, so that two descriptors that disagree on it are both checked.
    const key = `${digest} ${String(size)}`;
    const known = found.get(key);
    if (known !== undefined) return known.file;
    const file = searched.map((folder) => blobPath(folder, digest)).find((candidate) => existsSync(candidate));
    if (file === undefined) {
      throw new LayoutError(from, `blob ${digest} (${descriptor.mediaType}, ${String(size)} bytes) is missing`, {
        expected: `a file blobs/sha256/${digest.slice('sha256:'.length)} in one of these layouts`,
        found: `none in ${searched.join(', ')}`,
        hint: 'build the image and its parents again',
      });
    }
    found.set(key, { digest, size, file });
    return file;
  };
  const visit = async (descriptor: Descriptor, from: string): Promise<void> => {
    const file = find(descriptor, from);
    if (isIndexType(descriptor.mediaType)) {
      for (const entry of parseIndex(file, await readJsonBlob(file, descriptor)).manifests) await visit(entry, file);
    } else if (isManifestType(descriptor.mediaType)) {
      const manifest = parseManifest(file, await readJsonBlob(file, descriptor));
      for (const blob of [manifest.config, ...manifest.layers]) find(blob, file);
    }
  };
  const top = path.join(layout, 'index.json');
  for (const entry of (await readIndexJson(layout)).manifests) await visit(entry, top);
  return [...found.values()];
}

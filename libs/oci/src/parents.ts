import { existsSync } from 'node:fs';
import { blobPath } from './digest.ts';
import { readImage } from './read.ts';
import type { LayoutImage } from './read.ts';
import type { Digest } from './types.ts';

/** A layout that an image may be built on: `layout` relative to the workspace, for the record; `path` absolute. */
export interface ParentLayout {
  readonly layout: string;
  readonly path: string;
}

/** The parent whose layers an image begins with, and how many of them. */
export interface SharedPrefix {
  readonly parent: ParentLayout;
  readonly image: LayoutImage;
  readonly layers: number;
}

/**
 * The parent that shares the most layers with an image, counted from the first and matched by uncompressed digest,
 * because an engine may hand the same layer back in another compression. Among equals, the one whose own folder holds
 * the most of these layers.
 *
 * @param diffIds the image's rootfs.diff_ids
 * @param parents layouts of one image each, thin or full
 * @returns undefined when no parent shares the first layer
 * @throws LayoutError when a parent can't be read
 */
export async function sharedPrefix(
  diffIds: readonly Digest[],
  parents: readonly ParentLayout[],
): Promise<SharedPrefix | undefined> {
  let best: (SharedPrefix & { held: number }) | undefined;
  for (const parent of parents) {
    const image = await readImage(parent.path);
    const theirs = image.config.rootfs.diff_ids;
    const differs = diffIds.findIndex((id, at) => theirs[at] !== id);
    const layers = differs === -1 ? diffIds.length : differs;
    const shared = image.manifest.layers.slice(0, layers);
    const held = shared.filter(({ digest }) => existsSync(blobPath(parent.path, digest))).length;
    if (layers === 0) continue;
    if (best === undefined || layers > best.layers || (layers === best.layers && held > best.held)) {
      best = { parent, image, layers, held };
    }
  }
  return best;
}

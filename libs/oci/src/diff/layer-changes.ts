import type { BlobIdentity } from '../blob.ts';

/** How the layers of an image became those of another. */
export interface LayerChanges {
  /** Layers of the second image. */
  readonly count: number;
  /** Those that the first one has too: whoever has it pulls them no more. */
  readonly kept: number;
  /** Those in the place of one of the first. */
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  /** Compressed bytes of what is changed or added. */
  readonly bytes: number;
}

/**
 * Counts what two images share, by the digests of their layers.
 *
 * @param first layers of an image, the lowest first
 * @param second those of another
 */
export function layerChanges(first: readonly BlobIdentity[], second: readonly BlobIdentity[]): LayerChanges {
  const left = first.map(({ digest }) => digest);
  const others = second.filter(({ digest }) => {
    const at = left.indexOf(digest);
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
  const changed = Math.min(left.length, others.length);
  return {
    count: second.length,
    kept: second.length - others.length,
    changed,
    added: others.length - changed,
    removed: left.length - changed,
    bytes: others.reduce((sum, { size }) => sum + size, 0),
  };
}

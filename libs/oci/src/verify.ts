import { verifyBlob } from './blob.ts';
import { walkLayout } from './walk.ts';

/**
 * Reads every blob that a layout leads to, and checks size and digest of each.
 *
 * @param o `layout` the layout; `parents` layouts that hold what it leaves out, in the order they are searched
 * @throws LayoutError naming the first file that is wrong, with what was expected and found, or the blob that is
 *   missing, with the layouts that were searched
 */
export async function verifyLayout(o: { readonly layout: string; readonly parents: readonly string[] }): Promise<void> {
  for (const blob of await walkLayout(o.layout, o.parents)) await verifyBlob(blob.file, blob);
}

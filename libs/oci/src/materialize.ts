import { constants } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { verifyBlob } from './blob.ts';
import { blobPath } from './digest.ts';
import { createLayout, linkBlob } from './output.ts';
import { walkLayout } from './walk.ts';

/**
 * Makes a full layout of a thin one, of an image or of an index: hard links to the blobs, copies where the output lies
 * on another file system. Each blob is verified. Its index.json is that of the thin layout, byte for byte.
 *
 * @param o `layout` the thin layout; `parents` every layout that may hold what it leaves out: for an image its parents
 *   and theirs, for an index the layouts of its platforms and all their parents; `output` the folder to make, which must
 *   not exist; `own` whether its blobs are copies, as for a folder that somebody may write to: what is written to a hard link, every
 *   layout has that shares the blob
 * @throws LayoutError when a blob is missing (naming the layouts that were searched) or corrupted, when `output` exists,
 *   or when the disk is full. `output` doesn't exist then.
 */
export async function materialize(o: {
  readonly layout: string;
  readonly parents: readonly string[];
  readonly output: string;
  readonly own?: boolean;
}): Promise<void> {
  const blobs = await walkLayout(o.layout, o.parents);
  await createLayout(o.output, async (directory) => {
    for (const blob of blobs) {
      await verifyBlob(blob.file, blob);
      if (o.own === true) await copyFile(blob.file, blobPath(directory, blob.digest), constants.COPYFILE_FICLONE);
      else await linkBlob(blob.file, directory, blob.digest);
    }
    await copyFile(path.join(o.layout, 'index.json'), path.join(directory, 'index.json'));
  });
}

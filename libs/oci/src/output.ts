import { constants } from 'node:fs';
import { copyFile, link, lstat, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { blobPath, digestOf } from './digest.ts';
import { errorCode, LayoutError } from './errors.ts';
import { MEDIA_TYPES } from './types.ts';
import type { Descriptor, Digest } from './types.ts';

// A link is refused across file systems, when an inode has too many of them, and by some file systems altogether.
const NO_LINK = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'ENOSYS']);
const EXISTS = new Set(['EEXIST', 'ENOTEMPTY', 'ENOTDIR']);
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT']);

/**
 * Makes a layout whole or not at all: `fill` works in a temporary sibling, which is then renamed to `output`. On an
 * error the sibling is removed.
 *
 * @param output the folder to make; must not exist. Missing parents are made.
 * @param fill writes into the folder it is given, which already has `blobs/sha256` and `oci-layout`
 * @throws LayoutError when `output` exists or the disk is full; whatever `fill` throws
 */
export async function createLayout<T>(output: string, fill: (directory: string) => Promise<T>): Promise<T> {
  const parent = path.dirname(path.resolve(output));
  let temporary: string | undefined;
  try {
    await refuseExisting(output);
    await mkdir(parent, { recursive: true });
    temporary = await mkdtemp(path.join(parent, `.${path.basename(output)}.tmp-`));
    // The folder inside has ordinary rights, while mkdtemp's own are 0700.
    const layout = path.join(temporary, 'layout');
    await mkdir(path.join(layout, 'blobs', 'sha256'), { recursive: true });
    await writeFile(path.join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    const result = await fill(layout);
    await publish(layout, output);
    return result;
  } catch (error) {
    if (!DISK_FULL.has(errorCode(error) ?? '')) throw error;
    throw new LayoutError(output, 'no space is left on the disk; nothing was written', {
      hint: `free space on the file system of ${parent} and run it again`,
      cause: error,
    });
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

/** Writes a document as a blob and returns its descriptor. The bytes are `JSON.stringify`'s, in the order of the keys. */
export async function writeJsonBlob(layout: string, mediaType: string, value: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = digestOf(bytes);
  await writeFile(blobPath(layout, digest), bytes);
  return { mediaType, digest, size: bytes.length };
}

/** Writes index.json of a layout, which has one entry. */
export async function writeIndexJson(layout: string, entry: Descriptor): Promise<void> {
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [entry] };
  await writeFile(path.join(layout, 'index.json'), JSON.stringify(index));
}

/** Puts a file into a layout as a blob: a hard link, or a copy where none can be made. */
export async function linkBlob(file: string, layout: string, digest: Digest): Promise<void> {
  const target = blobPath(layout, digest);
  try {
    await link(file, target);
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'EEXIST') return;
    if (!NO_LINK.has(code)) throw error;
    await copyFile(file, target, constants.COPYFILE_FICLONE);
  }
}

/** A copy with its keys in order, or undefined when there is none. */
export function sorted<T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | undefined {
  const entries = Object.entries(map ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

async function publish(layout: string, output: string): Promise<void> {
  try {
    await rename(layout, output);
  } catch (error) {
    // Another process was faster; what it made stays.
    throw EXISTS.has(errorCode(error) ?? '') ? existsError(output) : error;
  }
}

async function refuseExisting(output: string): Promise<void> {
  try {
    await lstat(output);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  throw existsError(output);
}

function existsError(output: string): LayoutError {
  return new LayoutError(output, 'the output exists already', { hint: 'remove it, or name another folder' });
}

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@dockyard/exec';
import type { Digest } from '@dockyard/oci';

/** Says that a task passed, and on which bytes: `lint.json` and `check.json`, and the beginning of `test.json`. */
export interface PassedRecord {
  readonly schemaVersion: 1;
  /** Of the manifest of the image, or of the artifacts. */
  readonly digest: Digest;
}

/**
 * Runs a task and leaves its record where it passes, and none where it doesn't.
 *
 * @param workspace absolute path of the workspace root.
 * @param path of the record, relative to it.
 * @param task tells on which digest it passed; undefined where it didn't.
 * @returns whether it passed.
 */
export async function recordPassed(
  workspace: string,
  path: string,
  task: () => Promise<Digest | undefined>,
): Promise<boolean> {
  await rm(join(workspace, path), { force: true });
  const digest = await task();
  if (digest === undefined) return false;
  const record: PassedRecord = { schemaVersion: 1, digest };
  await writeFileAtomic(join(workspace, path), `${JSON.stringify(record, undefined, 2)}\n`);
  return true;
}

/**
 * Reads on which digest a task passed.
 *
 * @param workspace absolute path of the workspace root.
 * @param path of the record, relative to it.
 * @returns undefined where it didn't, or its record is damaged.
 */
export async function readPassed(workspace: string, path: string): Promise<Digest | undefined> {
  try {
    const content: unknown = JSON.parse(await readFile(join(workspace, path), 'utf8'));
    const digest = typeof content === 'object' && content !== null && 'digest' in content ? content.digest : undefined;
    return typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? (digest as Digest) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

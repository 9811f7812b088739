import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest, ImageRecord } from '@dockyard/oci';
import { z } from 'zod';
import type { IndexRecord } from './join.ts';
import { discardDamaged } from './damaged.ts';
import type { TestRecord } from './test-image.ts';

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .transform((text) => text as Digest);
const bytes = z.int().nonnegative();
const platform = z.string().regex(/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/);
const project = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/);
/** It may come from another machine's cache, and is joined to the workspace's path. */
const layout = z.string().regex(/^dist\/images\/[a-z0-9][a-z0-9._-]*\/[a-z0-9]+\/(?:image|artifacts)$/);

const imageRecord = z.looseObject({
  schemaVersion: z.literal(1),
  project,
  kind: z.enum(['artifacts', 'image']),
  platform,
  digest,
  config: digest,
  size: bytes,
  layers: z.array(z.looseObject({ digest, size: bytes, diffId: digest })),
  parents: z.array(z.looseObject({ layout, digest })),
  epoch: bytes,
  created: z.string(),
  unlocked: z.literal(true).optional(),
} satisfies Readonly<Record<keyof ImageRecord, z.ZodType>>);

const indexRecord = z.looseObject({
  schemaVersion: z.literal(1),
  project,
  digest,
  tags: z.array(z.string()),
  platforms: z.array(z.looseObject({ platform, digest, size: bytes })),
  missing: z.array(platform),
} satisfies Readonly<Record<keyof IndexRecord, z.ZodType>>);

const testRecord = z.looseObject({
  schemaVersion: z.literal(1),
  digest,
  files: z.array(z.string()),
} satisfies Readonly<Record<keyof TestRecord, z.ZodType>>);

/**
 * Reads the record of one platform's image or artifacts.
 *
 * @param workspace absolute path of the workspace root.
 * @param path of the record, relative to the workspace root.
 * @returns undefined where it isn't there.
 * @throws UserError where it is damaged; it is gone then, and the task that made it makes it anew.
 */
export function readImageRecord(workspace: string, path: string): Promise<ImageRecord | undefined> {
  return read(workspace, path, imageRecord) as Promise<ImageRecord | undefined>;
}

/** {@link readImageRecord} for the record of an image index. */
export function readJoinedRecord(workspace: string, path: string): Promise<IndexRecord | undefined> {
  return read(workspace, path, indexRecord);
}

/** {@link readImageRecord} for the record of a test that passed. */
export function readTestRecord(workspace: string, path: string): Promise<TestRecord | undefined> {
  return read(workspace, path, testRecord);
}

async function read<T>(workspace: string, path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readFile(join(workspace, path), 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return discardDamaged(workspace, join(workspace, path), text.trim() === '' ? 'it is empty' : 'it is cut off');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [field = ''] = parsed.error.issues.map((issue) => issue.path.join('.'));
  const why = field === '' ? 'it holds something else' : `its field ${field} is missing or wrong`;
  return discardDamaged(workspace, join(workspace, path), why);
}

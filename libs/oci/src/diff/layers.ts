import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { withTemporaryDirectory } from '@dockyard/exec';
import type { Digest } from '../types.ts';
import { contentDifference } from './content.ts';
import { layerEntries, type LayerFile } from '../layer-entries.ts';
import { fieldDifferences, summarise } from './summary.ts';
import type { EntrySummary } from './summary.ts';
import type { ContentDifference, EntryDifference } from './types.ts';

// Each is unpacked and compared; whoever has that many differences knows the reason by then.
const CONTENTS = 20;

interface ChangedFile {
  readonly name: string;
  readonly first: Digest;
  readonly second: Digest;
}

/**
 * Where the tars of two layers differ: entries that only one has, entries whose fields or content differ, their order.
 * Both are read as streams, a second time only for files that differ; of those at most 20 are unpacked, on disk.
 *
 * @returns entries in the order of the first layer, then those that only the second has, then the order
 * @throws LayoutError when a layer is corrupted or no tar
 */
export async function layerDifferences(first: LayerFile, second: LayerFile): Promise<EntryDifference[]> {
  const one = await summarise(layerEntries(first.file, first.layer));
  const other = await summarise(layerEntries(second.file, second.layer));
  const contents = await contentDifferences(first, second, changedFiles(one, other));

  const changed = [...one].flatMap(([name, entry]): EntryDifference[] => {
    const twin = other.get(name);
    if (twin === undefined) return [{ kind: 'missing', name, in: 'first', type: entry.type }];
    const fields = fieldDifferences(entry, twin);
    const content = contents.get(name);
    if (fields.length === 0 && content === undefined) return [];
    return [{ kind: 'changed', name, fields, ...(content === undefined ? {} : { content }) }];
  });
  const added = [...other]
    .filter(([name]) => !one.has(name))
    .map(([name, { type }]): EntryDifference => ({ kind: 'missing', name, in: 'second', type }));
  return [...changed, ...added, ...orderDifference(one, other)];
}

function changedFiles(
  one: ReadonlyMap<string, EntrySummary>,
  other: ReadonlyMap<string, EntrySummary>,
): readonly ChangedFile[] {
  return [...one].flatMap(([name, { digest: first }]) => {
    const second = other.get(name)?.digest;
    return first === undefined || second === undefined || first === second ? [] : [{ name, first, second }];
  });
}

function orderDifference(
  one: ReadonlyMap<string, EntrySummary>,
  other: ReadonlyMap<string, EntrySummary>,
): EntryDifference[] {
  const names = [...one.keys()].filter((name) => other.has(name));
  const others = [...other.keys()].filter((name) => one.has(name));
  const at = names.findIndex((name, index) => name !== others[index]);
  const [first, second] = [names[at], others[at]];
  return first === undefined || second === undefined ? [] : [{ kind: 'order', first, second }];
}

async function contentDifferences(
  first: LayerFile,
  second: LayerFile,
  files: readonly ChangedFile[],
): Promise<Map<string, ContentDifference & { first: Digest; second: Digest }>> {
  const result = new Map<string, ContentDifference & { first: Digest; second: Digest }>();
  if (files.length === 0) return result;
  await withTemporaryDirectory(tmpdir(), 'dockyard-diff-', async (folder) => {
    const read = files.slice(0, CONTENTS).map(({ name }) => name);
    await unpack(first, read, (at) => path.join(folder, `first-${String(at)}`));
    await unpack(second, read, (at) => path.join(folder, `second-${String(at)}`));
    for (const [at, { name, ...digests }] of files.entries()) {
      const difference: ContentDifference =
        at < CONTENTS
          ? await contentDifference(path.join(folder, `first-${String(at)}`), path.join(folder, `second-${String(at)}`))
          : { kind: 'not compared' };
      result.set(name, { ...difference, ...digests });
    }
  });
  return result;
}

/** Unpacks files of a layer, each under a path that says where in the list its name stands. */
async function unpack(
  { file, layer }: LayerFile,
  names: readonly string[],
  target: (at: number) => string,
): Promise<void> {
  for await (const { header, content } of layerEntries(file, layer)) {
    const at = names.indexOf(header.name);
    if (at !== -1) await pipeline(content, createWriteStream(target(at)));
  }
}

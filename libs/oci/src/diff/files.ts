import { layerEntries, type LayerFile } from '../layer-entries.ts';
import { entryPath, isHidden, whiteoutOf } from '../whiteouts.ts';
import { type EntrySummary, fieldDifferences, summarise } from './summary.ts';

/** Paths from the root, without a slash before them, sorted. */
export interface FileChanges {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/**
 * Which files (all that is no folder) a container of one image has and one of another has not, and which differ in content, type, mode,
 * owner, link target or extended attributes. Times don't count: each build sets its own. Layers are read as streams, and stacked as the OCI image spec
 * says (layer.md).
 *
 * @param layers `shared` by both images, the lowest first; those of the `first` and of the `second` that lie on them
 * @throws LayoutError when a layer is corrupted or no tar
 */
export async function fileChanges(layers: {
  readonly shared: readonly LayerFile[];
  readonly first: readonly LayerFile[];
  readonly second: readonly LayerFile[];
}): Promise<FileChanges> {
  const shared = await stack(new Map(), layers.shared);
  const one = filesOf(await stack(shared, layers.first));
  const other = filesOf(await stack(shared, layers.second));
  const common = [...one].flatMap(([path, entry]) => {
    const twin = other.get(path);
    return twin === undefined || isSame(entry, twin) ? [] : [path];
  });
  return {
    added: [...other.keys()].filter((path) => !one.has(path)).sort(),
    removed: [...one.keys()].filter((path) => !other.has(path)).sort(),
    changed: common.sort(),
  };
}

type Entries = ReadonlyMap<string, EntrySummary>;

async function stack(lower: Entries, layers: readonly LayerFile[]): Promise<Entries> {
  const stacked = new Map(lower);
  for (const { file, layer } of layers) {
    const entries = [...(await summarise(layerEntries(file, layer)))].map(
      ([name, entry]) => [entryPath(name), entry] as const,
    );
    const whiteouts = entries.flatMap(([path]) => whiteoutOf(path) ?? []);
    if (whiteouts.length > 0) remove(stacked, (path) => whiteouts.some((whiteout) => isHidden(path, whiteout)));
    for (const [path, entry] of entries) {
      if (path === '' || whiteoutOf(path) !== undefined) continue;
      if (entry.type !== 'directory' && stacked.get(path)?.type === 'directory')
        remove(stacked, (below) => below.startsWith(`${path}/`));
      stacked.set(path, entry);
    }
  }
  return stacked;
}

function remove(entries: Map<string, EntrySummary>, goes: (path: string) => boolean): void {
  for (const path of entries.keys()) if (goes(path)) entries.delete(path);
}

function filesOf(entries: Entries): Entries {
  return new Map([...entries].filter(([, { type }]) => type !== 'directory'));
}

function isSame(one: EntrySummary, other: EntrySummary): boolean {
  const differing = fieldDifferences(one, other).filter(({ field }) => !/^(?:mtime|user|group)$|^pax /.test(field));
  return one.digest === other.digest && differing.length === 0;
}

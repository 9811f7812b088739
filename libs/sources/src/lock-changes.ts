import { type ChangelogSummary, readChanges } from './changelog.ts';
import { compareVersions } from './debian-version.ts';
import { fetchSources, type FetchOptions } from './fetch-sources.ts';
import { type LockedPackage, type LockedPackages, lockSources } from './locked-packages.ts';

/** A lock file that was written anew. */
export interface ChangedLock {
  /** As messages name it. */
  readonly file: string;
  /** Undefined where there was none. */
  readonly before: LockedPackages | undefined;
  readonly after: LockedPackages;
}

/** A package that came, went, or has another version, with where that is so. */
export interface PackageChange {
  readonly name: string;
  /** The source package that it is built from, by its folder in the pool. */
  readonly source: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Lock files, in the order given. */
  readonly files: readonly string[];
  /** Of each architecture that the locks have; one does for reading a changelog. */
  readonly packages: readonly LockedPackage[];
}

/**
 * Compares locks with what they were.
 *
 * @returns what changed, by source and name. The same change in several locks is one.
 */
export function compareLocks(locks: readonly ChangedLock[]): PackageChange[] {
  const changes = new Map<string, PackageChange>();
  for (const { file, before, after } of locks) {
    const old = new Map(before?.packages.map((one) => [one.name, one]));
    const now = new Map(after.packages.map((one) => [one.name, one]));
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [from, to] = [old.get(name), now.get(name)];
      const known = to ?? from;
      if (known === undefined || (from?.version === to?.version && from?.sha256 === to?.sha256)) continue;
      const key = JSON.stringify([name, from?.version, to?.version]);
      const found = changes.get(key);
      changes.set(key, {
        name,
        source: sourceOf(known),
        before: from?.version,
        after: to?.version,
        files: [...(found?.files ?? []), file],
        packages: [...(found?.packages ?? []), ...(to === undefined ? [] : [to])],
      });
    }
  }
  return [...changes.values()].sort(
    (one, other) => one.source.localeCompare(other.source, 'en') || one.name.localeCompare(other.name, 'en'),
  );
}

/** A source package whose packages have another version. */
export interface SourceChange {
  readonly source: string;
  readonly changes: readonly PackageChange[];
  /** Undefined where no package of it has a changelog that reaches back, and where it is older than before. */
  readonly summary: ChangelogSummary | undefined;
}

/**
 * Reads what the changelogs of new versions say: they are in the packages themselves, which come into the store with it.
 *
 * @param changes as {@link compareLocks} gives them
 * @param options how to fetch the packages
 * @returns one for each source that has a new version of a package which was there before
 * @throws {UserError} a package can't be had
 */
export async function readSourceChanges(
  changes: readonly PackageChange[],
  options: FetchOptions = {},
): Promise<SourceChange[]> {
  const raised = changes.filter(({ before, after }) => before !== undefined && after !== undefined);
  const found: SourceChange[] = [];
  for (const [source, group] of Map.groupBy(raised, (one) => one.source)) {
    found.push({ source, changes: group, summary: await summaryOf(group, options) });
  }
  return found;
}

async function summaryOf(
  changes: readonly PackageChange[],
  options: FetchOptions,
): Promise<ChangelogSummary | undefined> {
  // Packages of one source share one changelog, and some have but a link to it: the smallest that has it does.
  const candidates = changes
    .flatMap(({ before = '', after = '', packages }) => packages.slice(0, 1).map((newer) => ({ before, after, newer })))
    .filter(({ before, after }) => compareVersions(after, before) > 0)
    .sort((one, other) => one.newer.size - other.newer.size);
  for (const { before, newer } of candidates) {
    const lock = { suite: '', architecture: newer.architecture, packages: [newer] };
    for (const path of (await fetchSources(lockSources(lock), options)).values()) {
      const summary = await readChanges(path, before);
      if (summary !== undefined) return summary;
    }
  }
  return undefined;
}

function sourceOf({ path, name }: LockedPackage): string {
  return path.split('/').at(-2) ?? name;
}

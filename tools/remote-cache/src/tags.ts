/** A tag of the cache: an entry's own, or one that says on which day it was used. */
export interface CacheTag {
  readonly namespace: string;
  /** Nx's task hash. */
  readonly hash: string;
  /** Days since 1970 (UTC); absent on the entry's own tag. */
  readonly used?: number;
}

const DAY = 24 * 60 * 60 * 1000;
const TAG = /^([a-z][a-z0-9-]*)\.([0-9a-z]{1,40})(?:\.used-(\d{1,6}))?$/;

/** The day of a time in milliseconds since 1970. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY);
}

/** Writes a tag of the cache: `protected.17000629903716984417`, `mr-12.17000629903716984417.used-20781`. */
export function cacheTag({ namespace, hash, used }: CacheTag): string {
  return `${namespace}.${hash}${used === undefined ? '' : `.used-${String(used)}`}`;
}

/** Reads one; undefined where it is none. */
export function parseCacheTag(tag: string): CacheTag | undefined {
  const [, namespace, hash, used] = TAG.exec(tag) ?? [];
  if (namespace === undefined || hash === undefined) return undefined;
  return { namespace, hash, ...(used !== undefined && { used: Number(used) }) };
}

/**
 * The entries that nobody used for a time.
 *
 * @param tags all of a repository
 * @param today day, as {@link dayOf} gives it
 * @param days that an entry is kept after its last use
 * @returns tags of the entries that go; one without a day of use has none yet, and stays
 */
export function unusedEntries(tags: readonly string[], today: number, days: number): string[] {
  const last = new Map<string, number>();
  for (const tag of tags) {
    const parsed = parseCacheTag(tag);
    // One of tomorrow was written by a clock that was wrong, and would keep its entry for ever.
    if (parsed?.used === undefined || parsed.used > today + 1) continue;
    const entry = cacheTag({ namespace: parsed.namespace, hash: parsed.hash });
    last.set(entry, Math.max(last.get(entry) ?? 0, parsed.used));
  }
  return tags.filter((tag) => {
    const used = last.get(tag);
    return used !== undefined && today - used > days;
  });
}

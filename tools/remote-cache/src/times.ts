import type { CacheTag } from './tags.ts';

/** A task that was built, not restored. */
export interface BuiltTask {
  /** Nx's id: `redis:compile:amd64`. */
  readonly id: string;
  /** Nx's hash of it, which its entry has. */
  readonly hash: string;
  readonly seconds: number;
}

/** The most characters that a tag has (OCI distribution spec 1.1, "Pulling manifests"). */
const MOST = 128;
const TAG = /^([a-z][a-z0-9-]*)\.[0-9a-z]{1,40}\.took-(\d{1,10})-(\d{1,7})-([A-Za-z0-9._-]+)$/;
/** `_` stands for the colons, which no tag may have. */
const ID = /^[A-Za-z0-9.-]+(?::[A-Za-z0-9.-]+)+$/;

/**
 * Writes how long a task took as one more tag of its entry: `protected.17000629903716984417.took-1795836600-83-redis_compile_amd64`. So all
 * durations come with one list of tags, two jobs never write the same one, and it goes when its entry goes.
 *
 * @param entry namespace and hash
 * @param at seconds since 1970, by the registry's clock
 * @returns undefined where the task's name doesn't fit a tag
 */
export function timeTag(
  { namespace, hash }: Pick<CacheTag, 'namespace' | 'hash'>,
  { id, seconds }: Pick<BuiltTask, 'id' | 'seconds'>,
  at: number,
): string | undefined {
  if (!ID.test(id)) return undefined;
  const took = Math.max(1, Math.round(seconds));
  const tag = `${namespace}.${hash}.took-${String(at)}-${String(took)}-${id.replaceAll(':', '_')}`;
  return tag.length > MOST ? undefined : tag;
}

/**
 * The newest duration of each task.
 *
 * @param tags all of a repository
 * @param namespace whose
 * @returns seconds by task id
 */
export function newestTimes(tags: readonly string[], namespace: string): Record<string, number> {
  const newest = new Map<string, { at: number; seconds: number }>();
  for (const tag of tags) {
    const [, of, at, seconds, name] = TAG.exec(tag) ?? [];
    if (of !== namespace || name === undefined) continue;
    const id = name.replaceAll('_', ':');
    if ((newest.get(id)?.at ?? -1) < Number(at)) newest.set(id, { at: Number(at), seconds: Number(seconds) });
  }
  return Object.fromEntries([...newest].map(([id, { seconds }]) => [id, seconds]));
}

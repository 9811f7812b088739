import { archiveTime, packageTime } from '@dockyard/sources';

/**
 * 1980-01-01 UTC: the time of a build that reads nothing which has one. Zip archives hold no earlier time, and some programs take a time near
 * 1970 for none at all.
 */
export const EARLIEST = 315_532_800;

/**
 * The time that a build is given (SOURCE_DATE_EPOCH). It is a function of what the build reads, and of nothing else: not of git, so that a
 * commit that is reverted, amended or cloned without its history builds the same bytes.
 *
 * @param o.sources absolute paths of upstream sources: the newest file in each archive counts
 * @param o.packages absolute paths of Debian packages: when each was built counts
 * @param o.parents epochs of the images that the build's image is made of
 * @returns seconds since 1970: the newest of all, and {@link EARLIEST} where there is none
 * @see https://reproducible-builds.org/specs/source-date-epoch/
 */
export async function contentEpoch(o: {
  readonly sources: readonly string[];
  readonly packages: readonly string[];
  readonly parents: readonly number[];
}): Promise<number> {
  let newest = Math.max(EARLIEST, ...o.parents);
  for (const file of o.sources) newest = Math.max(newest, (await archiveTime(file)) ?? 0);
  for (const file of o.packages) newest = Math.max(newest, await packageTime(file));
  return newest;
}

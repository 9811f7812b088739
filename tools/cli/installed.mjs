/** The parts of a lock file (lockfileVersion 3) that are compared. @typedef {{ version?: string, resolved?: string, link?: boolean, optional?: boolean, devOptional?: boolean }} Entry */

/**
 * Finds the first package in which an installation differs from what is locked. Contents are compared and not times, because a checkout
 * gives every file a new time.
 *
 * @param {{ packages?: Record<string, Entry> }} locked package-lock.json
 * @param {{ packages?: Record<string, Entry> }} installed node_modules/.package-lock.json, which npm writes last
 * @returns {string | undefined} its path, such as `node_modules/vitest`
 */
export function outdated(locked, installed) {
  const [wanted, present] = [locked.packages ?? {}, installed.packages ?? {}];
  const same = (/** @type {Entry} */ a, /** @type {Entry} */ b) =>
    a.version === b.version && (a.link !== true || a.resolved === b.resolved);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = present[path];
    // npm leaves out what is optional and of another platform.
    if (found ? !same(entry, found) : entry.optional !== true && entry.devOptional !== true) return path;
  }
  return Object.keys(present).find((path) => wanted[path] === undefined);
}

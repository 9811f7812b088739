/**
 * The parts of a lock file (lockfileVersion 3) that are compared.
 *
 * @typedef {{ version?: string, resolved?: string, link?: boolean, optional?: boolean, devOptional?: boolean,
 *   os?: string | string[], cpu?: string | string[], libc?: string | string[] }} Entry
 */

/**
 * The machine, in npm's words.
 *
 * @typedef {{ os: string, cpu: string, libc?: string }} Machine
 */

/**
 * Finds the first package in which an installation differs from what is locked. Contents are compared and not times, because a checkout
 * gives every file a new time.
 *
 * @param {{ packages?: Record<string, Entry> }} locked package-lock.json
 * @param {{ packages?: Record<string, Entry> }} installed node_modules/.package-lock.json, which npm writes last
 * @param {Machine} machine for which packages are installed
 * @returns {string | undefined} its path, such as `node_modules/vitest`
 */
export function outdated(locked, installed, machine) {
  const [wanted, present] = [locked.packages ?? {}, installed.packages ?? {}];
  const same = (/** @type {Entry} */ a, /** @type {Entry} */ b) =>
    a.version === b.version && (a.link !== true || a.resolved === b.resolved);
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = present[path];
    if (found ? !same(entry, found) : !mayBeMissing(entry, machine)) return path;
  }
  return Object.keys(present).find((path) => wanted[path] === undefined);
}

/**
 * Whether npm leaves out a package that is optional: one of another platform, and what only such a one needs. A package that names this
 * very platform is what a program here consists of, so it isn't missing by right.
 */
function mayBeMissing(/** @type {Entry} */ entry, /** @type {Machine} */ machine) {
  if (entry.optional !== true && entry.devOptional !== true) return false;
  const named = [entry.os, entry.cpu, entry.libc].some((list) => list !== undefined);
  return !named || !fits(entry.os, machine.os) || !fits(entry.cpu, machine.cpu) || !fits(entry.libc, machine.libc);
}

/** Reads npm's lists: `linux`, `['x64', 'arm64']`, `['!win32']`. */
function fits(/** @type {string | string[] | undefined} */ list, /** @type {string | undefined} */ value) {
  const names = list === undefined ? [] : [list].flat();
  if (names.length === 0) return true;
  if (value === undefined || names.includes(`!${value}`)) return false;
  return names.includes(value) || names.every((name) => name.startsWith('!'));
}

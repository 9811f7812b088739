import { readFile } from 'node:fs/promises';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { codeOf } from './error-code.ts';
import type { SourceRequest } from './request.ts';

/** One Debian binary package, pinned. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  /** The package's own architecture as Debian names it; `all` for one that fits each. */
  readonly architecture: string;
  /** Path below a mirror: `pool/…`. */
  readonly path: string;
  /** Bytes of the .deb. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The packages of one image on one platform: what lies in `packages/<kind>.<arch>.json`. */
export interface LockedPackages {
  readonly suite: string;
  /** As Debian names it, e.g. `amd64`, `armhf`. */
  readonly architecture: string;
  /** Sorted by name. */
  readonly packages: readonly LockedPackage[];
}

const FIELDS = {
  name: /^[a-z0-9][a-z0-9+.-]+$/,
  version: /^[A-Za-z0-9.+:~-]+$/,
  architecture: /^[a-z0-9-]+$/,
  path: /^pool\/(?!.*(?:^|\/)\.\.?(?:\/|$))[A-Za-z0-9+.~_:/%-]+\.deb$/,
  sha256: /^[0-9a-f]{64}$/,
} as const;

/**
 * Writes a lock as text: stable, one package a line, so that a diff shows packages.
 *
 * @param lock the lock; its packages are sorted by name
 * @returns JSON with a newline at its end
 */
export function formatLock(lock: LockedPackages): string {
  const lines = [...lock.packages].sort(byName).map(({ name, version, architecture, path, size, sha256 }) => {
    const fields = Object.entries({ name, version, architecture, path, size, sha256 });
    return `    { ${fields.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(', ')} }`;
  });
  const list = lines.length === 0 ? '[]' : `[\n${lines.join(',\n')}\n  ]`;
  return `{\n  "suite": ${JSON.stringify(lock.suite)},\n  "architecture": ${JSON.stringify(lock.architecture)},\n  "packages": ${list}\n}\n`;
}

/**
 * Reads the text of a lock.
 *
 * @param text JSON
 * @param file shown in errors
 * @throws {UserError} it isn't a lock; names the file, the package and the field
 */
export function parseLock(text: string, file: string): LockedPackages {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw bad(file, `is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(json)) throw bad(file, 'is not an object');
  const { suite, architecture, packages } = json;
  if (typeof suite !== 'string' || !/^[a-z][a-z0-9.-]*$/.test(suite)) throw bad(file, 'has no valid "suite"');
  if (typeof architecture !== 'string' || !FIELDS.architecture.test(architecture))
    throw bad(file, 'has no valid "architecture"');
  if (!Array.isArray(packages)) throw bad(file, 'has no list "packages"');
  return { suite, architecture, packages: packages.map((entry, index) => lockedPackage(entry, index, file)) };
}

/**
 * Reads a lock file.
 *
 * @param file e.g. `images/debian/packages/image.amd64.json`
 * @throws {UserError} it is missing or isn't a lock
 */
export async function readLock(file: string): Promise<LockedPackages> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw new UserError(`${file}: this package lock is missing.`, {
      hint: 'Write it with: npm run lock',
      cause: error,
    });
  });
  return parseLock(text, file);
}

/** Writes a lock file, atomically; makes its folder. */
export async function writeLock(file: string, lock: LockedPackages): Promise<void> {
  await writeFileAtomic(file, formatLock(lock));
}

/**
 * Turns a lock into what {@link fetchSources} takes.
 *
 * @param lock the lock
 * @returns one request a package, named `<name>_<arch>.deb`
 */
export function lockSources(lock: LockedPackages): SourceRequest[] {
  return lock.packages.map(({ name, architecture, path, size, sha256 }) => ({
    file: `${name}_${architecture}.deb`,
    urls: [`debian:${path}`],
    digest: { algorithm: 'sha256', hex: sha256 },
    size,
  }));
}

export function byName(one: LockedPackage, other: LockedPackage): number {
  const key = (p: LockedPackage) => `${p.name}\0${p.architecture}`;
  return key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0;
}

function lockedPackage(entry: unknown, index: number, file: string): LockedPackage {
  if (!isRecord(entry)) throw bad(file, `packages[${index}] is not an object`);
  const { size } = entry;
  const text = (field: keyof typeof FIELDS): string => {
    const value = entry[field];
    if (typeof value === 'string' && FIELDS[field].test(value)) return value;
    throw bad(file, `packages[${index}] has no valid "${field}": ${JSON.stringify(value)}`);
  };
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size <= 0)
    throw bad(file, `packages[${index}] has no valid "size": ${JSON.stringify(size)}`);
  return {
    name: text('name'),
    version: text('version'),
    architecture: text('architecture'),
    path: text('path'),
    size,
    sha256: text('sha256'),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(file: string, what: string): UserError {
  return new UserError(`${file}: this package lock ${what}.`, { hint: 'Write it again with: npm run lock' });
}

import { posix } from 'node:path';

/** What a layer hides of those below it. */
export interface Whiteout {
  readonly path: string;
  /** The path itself, with all below it; otherwise only what lies in that folder. */
  readonly self: boolean;
}

/** The name of a layer's entry as a path from the root, without a slash at either end; '' is the root. */
export function entryPath(name: string): string {
  const path = name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
  return path === '.' ? '' : path;
}

/**
 * Reads an entry as a whiteout (OCI image spec, layer.md).
 *
 * @param path see {@link entryPath}
 * @returns what it hides; undefined where it is an entry like any other
 */
export function whiteoutOf(path: string): Whiteout | undefined {
  const name = posix.basename(path);
  const folder = posix.dirname(path);
  if (name === '.wh..wh..opq') return { path: folder, self: false };
  if (!name.startsWith('.wh.')) return undefined;
  return { path: posix.join(folder, name.slice('.wh.'.length)), self: true };
}

/** Whether a whiteout hides a path of a lower layer. */
export function isHidden(path: string, { path: hidden, self }: Whiteout): boolean {
  return (self && path === hidden) || hidden === '.' || path.startsWith(`${hidden}/`);
}

import { posix } from 'node:path';
import type { Project } from '@dockyard/project';
import type { ImageConfig, ImageManifest } from '@dockyard/oci';
import type { Elf } from './elf.ts';

/** An entry of a layer. */
export interface Entry {
  /** From the root of the image, without a leading slash. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly size: number;
  /** Target of a symbolic link. */
  readonly target?: string;
  /** Whether the file has capabilities (xattr security.capability). */
  readonly capabilities: boolean;
  /** Whether the image itself adds the layer, and none of its parents. */
  readonly own: boolean;
  readonly elf?: Elf;
  /** Kinds of secrets that the file seems to hold. */
  readonly secrets: readonly string[];
}

/** One platform's image, its layers read once. */
export interface ImageContents {
  readonly project: Project;
  /** OCI platform. */
  readonly platform: string;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
  /** Every entry of the layers that the image itself adds, also those that a later one replaces or deletes. */
  readonly own: readonly Entry[];
  /** What a container sees, by path. */
  readonly files: ReadonlyMap<string, Entry>;
  /** What the image's own layers delete of layers below. */
  readonly deleted: readonly Entry[];
  /** Files that dpkg knows, by the name of their package. */
  readonly packaged: ReadonlyMap<string, string>;
  /** Packages whose records the image's own layers write. */
  readonly packages: readonly string[];
  /** Text of ld.so.conf and the files that it includes, in order of their names. */
  readonly linkerConfiguration: readonly string[];
}

/**
 * Follows symbolic links to what a path means in the image.
 *
 * @param files what a container sees
 * @param path with or without a leading slash
 * @returns the entry; undefined where there is none, or the links go round in a circle
 */
export function resolve(files: ReadonlyMap<string, Entry>, path: string): Entry | undefined {
  const open = path.split('/');
  let at: string[] = [];
  for (let links = 0; open.length > 0;) {
    const name = open.shift() ?? '';
    if (name === '' || name === '.') continue;
    if (name === '..') {
      at.pop();
      continue;
    }
    const entry = files.get([...at, name].join('/'));
    if (entry === undefined) return undefined;
    if (entry.type !== 'symlink') {
      at.push(name);
      continue;
    }
    if (++links > 40) return undefined;
    const target = entry.target ?? '';
    if (posix.isAbsolute(target)) at = [];
    open.unshift(...target.split('/'));
  }
  return files.get(at.join('/'));
}

/**
 * The programs and libraries that the image adds, and that come from no Debian package: what was compiled for it, here or by
 * upstream. An image without sources has none.
 */
export function compiled({ own, files, packaged, project }: ImageContents): (Entry & { elf: Elf })[] {
  if (project.compileDockerfile === undefined && project.definition.sources.length === 0) return [];
  return own.filter(
    (entry): entry is Entry & { elf: Elf } =>
      entry.elf !== undefined &&
      files.get(entry.path) === entry &&
      !packaged.has(entry.path) &&
      entry.elf.kind !== 'other',
  );
}

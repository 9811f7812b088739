import type { Place } from './definition.ts';
import type { YamlFile } from './yaml-file.ts';
import type { Path } from './yaml-nodes.ts';

/** A definition's files as one: a mapping field by field, a list or a scalar as the nearest file has it. */
export class MergedFiles {
  readonly #files: readonly [YamlFile, ...YamlFile[]];
  readonly data: unknown;

  /** @param files nearest first */
  constructor(files: readonly [YamlFile, ...YamlFile[]]) {
    this.#files = files;
    this.data = files.map(({ data }) => data).reduceRight((far, near) => merge(near, far, DEPTH));
  }

  /** Whether any file has a value there. */
  has(path: Path): boolean {
    return this.#owner(path).nodes.node(path) !== undefined;
  }

  /** Where a value stands; where it is missing, the mapping or list that should hold it. */
  place(path: Path): Place {
    const { file, nodes } = this.#owner(path);
    return { file, ...nodes.position(path) };
  }

  /** Where the name of a field stands. */
  keyPlace(path: Path, key: string): Place {
    const { file, nodes } = this.#owner([...path, key]);
    return { file, ...nodes.keyPosition(path, key) };
  }

  /** Says in words what a path holds, such as `the number 8.0` or `"linux/arm"`. */
  describe(path: Path): string {
    return this.#owner(path).nodes.describe(path);
  }

  /** The text of a number or truth value as it was written; undefined for anything else. */
  unquoted(path: Path): string | undefined {
    return this.#owner(path).nodes.unquoted(path);
  }

  /** The files that have a value there, nearest first. */
  holders(path: Path): readonly YamlFile[] {
    return this.#files.filter(({ nodes }) => nodes.node(path) !== undefined);
  }

  /** The file that a value is taken from; where it is missing, the one that has what should hold it. */
  #owner(path: Path): YamlFile {
    for (let length = path.length; length > 0; length--) {
      const prefix = path.slice(0, length);
      // What is no mapping in a nearer file hides all that farther ones have there.
      const owner = this.#files.find(({ nodes }) =>
        prefix.some((_, i) => {
          const found = prefix.slice(0, i + 1);
          return nodes.node(found) !== undefined && (found.length === length || !nodes.isMapping(found));
        }),
      );
      if (owner?.nodes.node(prefix) !== undefined) return owner;
    }
    return this.#files[0];
  }
}

/** How deep mappings lie in a definition; aliases could make them endless. */
const DEPTH = 2;

function merge(near: unknown, far: unknown, depth: number): unknown {
  if (depth === 0 || !isRecord(near) || !isRecord(far)) return near;
  const names = [...new Set([...Object.keys(near), ...Object.keys(far)])];
  return Object.fromEntries(
    names.map((name) => [
      name,
      !Object.hasOwn(near, name)
        ? far[name]
        : Object.hasOwn(far, name)
          ? merge(near[name], far[name], depth - 1)
          : near[name],
    ]),
  );
}

/** Whether a value of YAML is a mapping. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { isAlias, isMap, isScalar, isSeq, type Document, type Node, type Pair } from 'yaml';
import { quote, shorten, type Position } from '@dockyard/diagnostic';

export type Path = readonly (string | number)[];

/** Writes a path the way people do: `sources[0].file`. */
export function formatPath(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

/** Finds the nodes of a YAML document by path, and says where they stand. */
export class YamlNodes {
  readonly #document: Document;
  readonly #locate: (offset: number) => Position;

  constructor(document: Document, locate: (offset: number) => Position) {
    this.#document = document;
    this.#locate = locate;
  }

  /** The node of a value; undefined where the document has none. */
  node(path: Path): Node | undefined {
    let node = this.#resolve(this.#document.contents);
    for (const part of path) {
      const child = isMap(node) ? pairOf(node.items, part)?.value : isSeq(node) ? node.items[Number(part)] : undefined;
      node = this.#resolve(child);
    }
    return node;
  }

  /** Whether a value is a mapping. */
  isMapping(path: Path): boolean {
    return isMap(this.node(path));
  }

  /** Where a value stands; where it is missing, the mapping or list that should hold it. */
  position(path: Path): Position {
    for (let length = path.length; length >= 0; length--) {
      const position = this.#positionOf(this.node(path.slice(0, length)));
      if (position !== undefined) return position;
    }
    return { line: 1, column: 1 };
  }

  /** Where the name of a field stands. */
  keyPosition(path: Path, key: string): Position {
    const node = this.node(path);
    const pair = isMap(node) ? pairOf(node.items, key) : undefined;
    return this.#positionOf(pair?.key) ?? this.position(path);
  }

  /** Says in words what a path holds, such as `the number 8.0` or `"linux/arm"`. */
  describe(path: Path): string {
    const node = this.node(path);
    if (isMap(node)) return 'a mapping';
    if (isSeq(node)) return node.items.length === 0 ? 'an empty list' : 'a list';
    if (!isScalar(node) || node.value === null) return 'nothing';
    if (typeof node.value === 'string') return quote(node.value);
    return `the ${typeof node.value === 'boolean' ? 'truth value' : 'number'} ${sourceOf(node)}`;
  }

  /** The text of a number or truth value as it was written; undefined for anything else. */
  unquoted(path: Path): string | undefined {
    const node = this.node(path);
    return isScalar(node) && node.value !== null && typeof node.value !== 'string' ? sourceOf(node) : undefined;
  }

  #resolve(node: unknown): Node | undefined {
    if (isAlias(node)) return node.resolve(this.#document);
    return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined;
  }

  #positionOf(node: unknown): Position | undefined {
    const offset = isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;
    return offset === undefined ? undefined : this.#locate(offset);
  }
}

function sourceOf(node: { source?: string; value: unknown }): string {
  return shorten(node.source ?? String(node.value));
}

/** A name that is no text, as the value has it: `1:` is the field "1", and `~:` the field "". */
function keyText(key: unknown): string {
  return typeof key === 'string' ? key : key === null ? '' : JSON.stringify(key);
}

function pairOf(items: readonly Pair[], key: string | number): Pair | undefined {
  // Where a field is written twice the last one counts, as it does in the value.
  return items.findLast(({ key: name }) => isScalar(name) && keyText(name.value) === String(key));
}

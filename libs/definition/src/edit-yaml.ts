import { isMap, isScalar, isSeq, parse, parseDocument, type Node } from 'yaml';
import { linePositions } from '@dockyard/diagnostic';
import { formatPath, YamlNodes, type Path } from './yaml-nodes.ts';

/** A change of one value: another text in its place, or no such field or item any more. */
export type YamlEdit = { readonly path: Path; readonly text: string } | { readonly path: Path; readonly remove: true };

/**
 * Changes single values of a YAML file that people write. Everything else stays as it is, to the byte: comments, quotes, order, line ends.
 *
 * @param text the file; it has been read without a mistake
 * @param edits the changes; a text is put between the quotes of the old one, and gets some where it would be a number or the like without
 * @returns the text with them
 * @throws {RangeError} a value isn't there, isn't text in one piece, or two changes are of the same place
 */
export function editYaml(text: string, edits: readonly YamlEdit[]): string {
  const nodes = new YamlNodes(parseDocument(text, { version: '1.2' }), linePositions(text));
  const changes = new Map<number, { readonly end: number; readonly text: string }>();
  for (const edit of edits) {
    const [start, end, written] =
      'text' in edit ? scalarEdit(text, nodes, edit) : ([...removalRange(text, nodes, edit.path), ''] as const);
    const taken = changes.get(start);
    if (taken !== undefined && taken.text !== written) {
      throw new RangeError(`${formatPath(edit.path)} is also written for another field`);
    }
    changes.set(start, { end, text: written });
  }
  return [...changes]
    .sort(([one], [other]) => other - one)
    .reduce((result, [start, change]) => result.slice(0, start) + change.text + result.slice(change.end), text);
}

/** A text, and where it goes: between the quotes of the old one. An alias stands for what its anchor names, and is written there. */
function scalarEdit(
  text: string,
  nodes: YamlNodes,
  { path, text: written }: { readonly path: Path; readonly text: string },
): readonly [start: number, end: number, text: string] {
  const node = nodes.node(path);
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) missing(path);
  const [from, to] = node.range;
  const start = text.indexOf(node.value, from);
  const end = start + node.value.length;
  if (start < 0 || end > to) throw new RangeError(`${formatPath(path)} is not written in one piece`);
  const needsQuotes = node.type === 'PLAIN' && typeof parse(written, { version: '1.2' }) !== 'string';
  return [start, end, needsQuotes ? `'${written}'` : written];
}

/** What goes with a field or an item: its lines, or in a flow list a comma. */
function removalRange(text: string, nodes: YamlNodes, path: Path): readonly [number, number] {
  const parent = nodes.node(path.slice(0, -1));
  const last = path.at(-1);
  if (isSeq(parent) && typeof last === 'number') {
    const items = parent.items as Node[];
    const item = items[last];
    if (item === undefined) missing(path);
    if (parent.flow !== true) return lines(text, startOf(item, path), item, path);
    const [before, after] = [items[last - 1], items[last + 1]];
    if (after !== undefined) return [startOf(item, path), startOf(after, path)];
    return [before === undefined ? startOf(item, path) : endOf(before, path), endOf(item, path)];
  }
  const pair = isMap(parent) ? parent.items.find(({ key }) => isScalar(key) && key.value === last) : undefined;
  if (pair === undefined || !isScalar(pair.key)) missing(path);
  return lines(text, startOf(pair.key, path), pair.value as Node, path);
}

function lines(text: string, start: number, node: Node, path: Path): readonly [number, number] {
  const from = text.lastIndexOf('\n', start - 1) + 1;
  if (!/^\uFEFF?[ -]*$/.test(text.slice(from, start))) {
    throw new RangeError(`${formatPath(path)} does not stand on a line of its own`);
  }
  const end = endOf(node, path);
  if (text[end - 1] === '\n') return [from, end];
  const newline = text.indexOf('\n', end);
  return [from, newline < 0 ? text.length : newline + 1];
}

function startOf(node: Node, path: Path): number {
  return node.range?.[0] ?? missing(path);
}

function endOf(node: Node, path: Path): number {
  return node.range?.[1] ?? missing(path);
}

function missing(path: Path): never {
  throw new RangeError(`${formatPath(path)} is not there`);
}

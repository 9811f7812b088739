import { isScalar, parseDocument } from 'yaml';
import { linePositions } from './line-positions.ts';
import { YamlNodes } from './yaml-nodes.ts';

/** A digest of a source as image.yaml has it. */
export interface WrittenDigest {
  /** Counted from 0, in the order of the file. */
  readonly source: number;
  readonly algorithm: 'sha256' | 'sha512';
  /** Lower-case hex. */
  readonly hex: string;
}

/**
 * Puts digests in the place of those that a definition's sources have. Everything else stays as it is, to the byte: comments,
 * quotes, order, line ends.
 *
 * @param text an image.yaml or a part of one, with a field `sources`; it has been read without a mistake
 * @param digests the new ones; each of the algorithm that the source has
 * @returns the text with them
 * @throws {RangeError} a source isn't there, has no digest of that algorithm, or shares it with another that gets another one
 */
export function writeDigests(text: string, digests: readonly WrittenDigest[]): string {
  const nodes = new YamlNodes(parseDocument(text, { version: '1.2' }), linePositions(text));
  const edits = new Map<number, { readonly end: number; readonly hex: string }>();
  for (const { source, algorithm, hex } of digests) {
    const path = `sources[${source}].${algorithm}`;
    const node = nodes.node(['sources', source, algorithm]);
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) throw new RangeError(`${path} is not there`);
    // Between the quotes, whichever they are.
    const [from, to] = node.range;
    const start = text.indexOf(node.value, from);
    const end = start + node.value.length;
    if (start < 0 || end > to) throw new RangeError(`${path} is not written in one piece`);
    const taken = edits.get(start);
    if (taken !== undefined && taken.hex !== hex) throw new RangeError(`${path} is also another source's`);
    edits.set(start, { end, hex });
  }
  return [...edits]
    .sort(([a], [b]) => b - a)
    .reduce((written, [start, { end, hex }]) => written.slice(0, start) + hex + written.slice(end), text);
}

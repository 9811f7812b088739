import { parseDocument } from 'yaml';
import type { z } from 'zod';
import {
  type Position,
  byPosition,
  quote,
  shorten,
  type Diagnostic,
  type Result,
  linePositions,
  tooLarge,
  didYouMean,
} from '@dockyard/diagnostic';
import { formatPath, YamlNodes, type Path } from './yaml-nodes.ts';

/** A file that fits its schema. */
export interface ReadYaml<T> {
  readonly data: T;
  /** Where a value stands; where it is missing, what should hold it. */
  readonly position: (path: Path) => Position;
}

/**
 * Reads a YAML file (1.2, core schema) that a person wrote, and checks it. A schema's own message says what is allowed.
 *
 * @param text what the file holds
 * @param file how messages name it
 * @param schema what it should hold
 * @returns its data, or every mistake with its place, in the order of the file; never throws
 */
export function readYaml<S extends z.ZodType>(text: string, file: string, schema: S): Result<ReadYaml<z.output<S>>> {
  const first = { line: 1, column: 1 };
  const large = tooLarge(text);
  if (large !== undefined) return { ok: false, diagnostics: [{ file, ...first, message: large }] };
  const locate = linePositions(text);
  let data: unknown;
  let nodes: YamlNodes;
  try {
    const document = parseDocument(text, { version: '1.2', prettyErrors: false, logLevel: 'error' });
    const syntax = [...document.errors, ...document.warnings].map(({ pos, message }): Diagnostic => ({
      file,
      ...locate(pos[0]),
      message: `YAML: ${shorten(message, 160)}`,
    }));
    if (syntax.length > 0) return { ok: false, diagnostics: syntax.sort(byPosition) };
    data = document.toJS({ maxAliasCount: 100 });
    nodes = new YamlNodes(document, locate);
  } catch (error) {
    const message = `this YAML cannot be read: ${shorten(error instanceof Error ? error.message : String(error), 160)}`;
    return { ok: false, diagnostics: [{ file, ...first, message }] };
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return { ok: true, value: { data: parsed.data, position: (path) => nodes.position(path) } };
  const diagnostics = parsed.error.issues.flatMap((issue) => describe(issue, nodes, file));
  return { ok: false, diagnostics: diagnostics.sort(byPosition) };
}

function describe(issue: z.core.$ZodIssue, nodes: YamlNodes, file: string): Diagnostic[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? part.toString() : part));
  const at = (place: Position, of: Path, message: string, fix?: string): Diagnostic => ({
    file,
    ...place,
    ...(of.length === 0 ? {} : { field: shorten(formatPath(of)) }),
    message,
    ...(fix === undefined ? {} : { fix }),
  });
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => at(nodes.keyPosition(path, key), [...path, key], `unknown field ${quote(key)}`));
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    const place = nodes.keyPosition(path.slice(0, -1), key);
    return issue.issues.map(({ message }) => at(place, path, `found ${quote(key)}; allowed: ${message}`));
  }
  if (nodes.node(path) === undefined) return [at(nodes.position(path), path, `is missing; allowed: ${issue.message}`)];
  // Who may be a password, or a token.
  const found = nodes.describe(path).replace(/:\/\/[^/\s]*@/g, '://…@');
  const meant =
    issue.code === 'invalid_value' ? didYouMean(found.replaceAll('"', ''), issue.values.map(String)) : undefined;
  const fix = meant === undefined ? undefined : `did you mean ${meant}?`;
  return [at(nodes.position(path), path, `found ${found}; allowed: ${issue.message}`, fix)];
}

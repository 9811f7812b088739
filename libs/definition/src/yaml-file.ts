import { parseDocument, type Document } from 'yaml';
import { type Position, byPosition, shorten, type Diagnostic, linePositions, tooLarge } from '@dockyard/diagnostic';
import { YamlNodes } from './yaml-nodes.ts';

/** A YAML file whose syntax is right. */
export interface YamlFile {
  readonly file: string;
  /** What it holds, of any shape. */
  readonly data: unknown;
  readonly nodes: YamlNodes;
  /** Mistakes that hide nothing else of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the syntax of a file (YAML 1.2, core schema).
 *
 * @param text what the file holds
 * @param file how messages name it
 * @returns the file, or why nothing of it can be read; never throws
 */
export function readYamlFile(text: string, file: string): YamlFile | readonly Diagnostic[] {
  const at = (position: Position, message: string): Diagnostic => ({ file, ...position, message });
  const start = { line: 1, column: 1 };
  const message = tooLarge(text);
  if (message !== undefined) return [at(start, message)];
  // The library's own line counter goes wrong behind a syntax error.
  const locate = linePositions(text);
  let document: Document.Parsed;
  let data: unknown;
  const syntax: Diagnostic[] = [];
  try {
    document = parseDocument(text, { version: '1.2', prettyErrors: false, logLevel: 'error' });
    if (document.errors.some(({ message }) => message.includes('call stack'))) {
      return [at(start, 'this YAML is nested too deeply to be read')];
    }
    // A warning is, for one, a tag that YAML does not know: it would silently be ignored.
    for (const { pos, message, code } of [...document.errors, ...document.warnings]) {
      syntax.push(at(locate(pos[0]), yamlMessage(code, message)));
    }
    data = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // The library throws where a document is nested deeper than its stack, and at aliases that multiply without end.
    const reason = error instanceof Error ? error.message : String(error);
    return [...syntax, at(start, `this YAML cannot be read: ${shorten(reason, 160)}`)];
  }
  const onlyDuplicates = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (!onlyDuplicates) return syntax.sort(byPosition);
  return { file, data, nodes: new YamlNodes(document, locate), diagnostics: syntax };
}

function yamlMessage(code: string, message: string): string {
  return code === 'DUPLICATE_KEY' ? 'this field is written twice; allowed: once' : `YAML: ${shorten(message, 160)}`;
}

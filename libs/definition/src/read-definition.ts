import { parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { parseSize } from './byte-size.ts';
import type { Definition, Position, SourceDefinition } from './definition.ts';
import { byPosition, quote, shorten, type Diagnostic, type Result } from './diagnostic.ts';
import { linePositions } from './line-positions.ts';
import { PLATFORMS, suggestPlatform } from './platform.ts';
import {
  definitionSchema,
  deprecatedSchema,
  packagesSchema,
  signatureSchema,
  sourceSchema,
  updateSchema,
} from './schema.ts';
import { checkSemantics } from './semantics.ts';
import { tooLarge } from './size.ts';
import { didYouMean } from './suggest.ts';
import { expandTemplate, versionParts } from './template.ts';
import { formatPath, YamlNodes, type Path } from './yaml-nodes.ts';

/**
 * Reads image.yaml (YAML 1.2, core schema).
 *
 * @param text what the file holds
 * @param file how messages name it, relative to the root of the workspace
 * @returns the definition with its templates filled in but for `{arch}`, or every mistake of the file; never throws
 */
export function readDefinition(text: string, file: string): Result<Definition> {
  const at = (position: Position, message: string, rest: Partial<Diagnostic> = {}): Diagnostic => ({
    file,
    ...position,
    message,
    ...rest,
  });
  const message = tooLarge(text);
  if (message !== undefined) return { ok: false, diagnostics: [at({ line: 1, column: 1 }, message)] };
  // The library's own line counter goes wrong behind a syntax error.
  const locate = linePositions(text);
  let document: Document.Parsed;
  let data: unknown;
  const syntax: Diagnostic[] = [];
  try {
    document = parseDocument(text, { version: '1.2', prettyErrors: false, logLevel: 'error' });
    if (document.errors.some(({ message }) => message.includes('call stack'))) {
      return { ok: false, diagnostics: [at({ line: 1, column: 1 }, 'this YAML is nested too deeply to be read')] };
    }
    // A warning is, for one, a tag that YAML does not know: it would silently be ignored.
    for (const { pos, message, code } of [...document.errors, ...document.warnings]) {
      syntax.push(at(locate(pos[0]), yamlMessage(code, message)));
    }
    data = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // The library throws where a document is nested deeper than its stack, and at aliases that multiply without end.
    const reason = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      diagnostics: [...syntax, at({ line: 1, column: 1 }, `this YAML cannot be read: ${shorten(reason, 160)}`)],
    };
  }
  const onlyDuplicates = document.errors.every(({ code }) => code === 'DUPLICATE_KEY');
  if (!onlyDuplicates) return { ok: false, diagnostics: syntax.sort(byPosition) };
  if (data === null || data === undefined) {
    const message = `the file holds no fields; needed: ${requiredFields().join(', ')}`;
    return { ok: false, diagnostics: [...syntax, at({ line: 1, column: 1 }, message)] };
  }

  const nodes = new YamlNodes(document, locate);
  const parsed = definitionSchema.safeParse(data);
  const diagnostics = [
    ...syntax,
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => describeIssue(issue, nodes, at))),
    ...checkSemantics(data).map(({ path, message, fix }) =>
      at(nodes.position(path), message, { ...field(path), ...(fix === undefined ? {} : { fix }) }),
    ),
  ];
  if (!parsed.success || diagnostics.length > 0) return { ok: false, diagnostics: diagnostics.sort(byPosition) };
  return { ok: true, value: build(parsed.data, file, nodes) };
}

type At = (position: Position, message: string, rest?: Partial<Diagnostic>) => Diagnostic;

function describeIssue(issue: z.core.$ZodIssue, nodes: YamlNodes, at: At): Diagnostic[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? part.toString() : part));
  if (issue.code === 'unrecognized_keys') {
    const allowed = fieldsAt(path);
    return issue.keys.map((key) => {
      const suggestion = path[0] === 'sizes' ? suggestPlatform(key) : didYouMean(key, allowed);
      return at(nodes.keyPosition(path, key), `unknown field ${quote(key)}; allowed: ${allowed.join(', ')}`, {
        ...field([...path, key]),
        ...(suggestion === undefined ? {} : { fix: `did you mean ${suggestion}?` }),
      });
    });
  }
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    const allowed = issue.issues[0]?.message ?? issue.message;
    return [at(nodes.keyPosition(path.slice(0, -1), key), `found ${quote(key)}; allowed: ${allowed}`, field(path))];
  }
  if (nodes.node(path) === undefined) {
    return [at(nodes.position(path), `is missing; allowed: ${issue.message}`, field(path))];
  }
  const fix = fixOf(issue, path, nodes);
  return [
    at(nodes.position(path), `found ${nodes.describe(path)}; allowed: ${issue.message}`, {
      ...field(path),
      ...(fix === undefined ? {} : { fix }),
    }),
  ];
}

function fixOf(issue: z.core.$ZodIssue, path: Path, nodes: YamlNodes): string | undefined {
  const unquoted = nodes.unquoted(path);
  if (issue.code === 'invalid_type' && issue.expected === 'string' && unquoted !== undefined) {
    const name = path.at(-1);
    const quoted = JSON.stringify(unquoted);
    return `quote it, or YAML reads something else than was written: ${typeof name === 'string' ? `${name}: ${quoted}` : quoted}`;
  }
  if (issue.code === 'invalid_value') {
    const suggestion = suggestPlatform(unquoted ?? nodes.describe(path).replaceAll('"', ''));
    return suggestion === undefined ? undefined : `did you mean ${suggestion}?`;
  }
  return undefined;
}

function field(path: Path): { field?: string } {
  return path.length === 0 ? {} : { field: shorten(formatPath(path)) };
}

const MAPPINGS: Readonly<Record<string, { readonly shape: object }>> = {
  '': definitionSchema,
  sources: sourceSchema,
  'sources.signature': signatureSchema,
  packages: packagesSchema,
  update: updateSchema,
  deprecated: deprecatedSchema,
  sizes: { shape: Object.fromEntries(PLATFORMS.map((platform) => [platform, platform])) },
};

/** The names of the fields that the mapping at a path may have. */
function fieldsAt(path: Path): string[] {
  const mapping = MAPPINGS[path.filter((part) => typeof part === 'string').join('.')];
  return Object.keys(mapping?.shape ?? {});
}

function requiredFields(): string[] {
  return Object.entries(definitionSchema.shape).flatMap(([name, schema]) =>
    schema.safeParse(undefined).success ? [] : [name],
  );
}

function yamlMessage(code: string, message: string): string {
  return code === 'DUPLICATE_KEY' ? 'this field is written twice; allowed: once' : `YAML: ${shorten(message, 160)}`;
}

function build(data: z.output<typeof definitionSchema>, file: string, nodes: YamlNodes): Definition {
  const { title, packages, update, endOfLife, deprecated, ...rest } = data;
  const parts = { version: data.version, ...versionParts(data.version) };
  const expand = (texts: readonly string[]): string[] => texts.map((text) => expandTemplate(text, parts));
  const sources = data.sources.map((source): SourceDefinition => ({
    file: source.file,
    urls: expand(source.urls),
    digest:
      source.sha256 !== undefined
        ? { algorithm: 'sha256', hex: source.sha256 }
        : { algorithm: 'sha512', hex: source.sha512 ?? '' },
    ...(source.platforms === undefined ? {} : { platforms: source.platforms }),
    ...(source.signature === undefined
      ? {}
      : { signature: { urls: expand(source.signature.urls), key: source.signature.key } }),
  }));
  const fields: Path[] = [
    ...Object.keys(definitionSchema.shape).map((name) => [name]),
    ...(['platforms', 'sources', 'tags'] as const).flatMap((name) => data[name].map((_, i) => [name, i])),
    ...Object.keys(data.sizes).map((platform) => ['sizes', platform]),
  ];
  return {
    file,
    ...rest,
    sources,
    sizes: Object.fromEntries(Object.entries(data.sizes).map(([platform, size]) => [platform, parseSize(size) ?? 0])),
    tags: expand(data.tags),
    ...(title === undefined ? {} : { title }),
    ...(packages === undefined ? {} : { packages: defined(packages) }),
    ...(update === undefined ? {} : { update: defined(update) }),
    ...(endOfLife === undefined ? {} : { endOfLife }),
    ...(deprecated === undefined ? {} : { deprecated: defined(deprecated) }),
    positions: Object.fromEntries(
      fields.filter((path) => nodes.node(path) !== undefined).map((path) => [formatPath(path), nodes.position(path)]),
    ),
  };
}

/** Drops the fields that are undefined, which zod types as present. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

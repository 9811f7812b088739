import type { z } from 'zod';
import { parseSize } from './byte-size.ts';
import type { Definition, Place, SourceDefinition } from './definition.ts';
import { byPosition, quote, shorten, type Diagnostic, type Result, didYouMean } from '@dockyard/diagnostic';
import { followExtends, type ReadShared } from './extended-files.ts';
import { isRecord, MergedFiles } from './merged-files.ts';
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
import { expandTemplate, versionParts } from './template.ts';
import { readYamlFile } from './yaml-file.ts';
import { formatPath, type Path } from './yaml-nodes.ts';

/**
 * Reads image.yaml (YAML 1.2, core schema) with the files that it extends.
 *
 * @param text what image.yaml holds
 * @param file how messages name it, relative to the root of the workspace
 * @param readShared reads the files that it extends; without it there are none
 * @returns the definition with its templates filled in but for `{arch}`, or every mistake of its files; never throws
 */
export function readDefinition(
  text: string,
  file: string,
  readShared: ReadShared = () => undefined,
): Result<Definition> {
  const first = readYamlFile(text, file);
  if (!('nodes' in first)) return { ok: false, diagnostics: first };
  if (first.data === null || first.data === undefined) {
    const message = `the file holds no fields; needed: ${requiredFields().join(', ')}`;
    return { ok: false, diagnostics: [...first.diagnostics, { file, line: 1, column: 1, message }] };
  }
  const extended = followExtends(first, readShared);
  const files = [first, ...extended.files] as const;
  const order = (one: Diagnostic, other: Diagnostic): number =>
    names.indexOf(one.file) - names.indexOf(other.file) || byPosition(one, other);
  const names = files.map((one) => one.file);
  // What is missing may stand in the file that can't be read.
  if (extended.diagnostics.length > 0) {
    const diagnostics = [...files.flatMap((one) => one.diagnostics), ...extended.diagnostics];
    return { ok: false, diagnostics: diagnostics.sort(order) };
  }

  const merged = new MergedFiles(files);
  const data = withoutExtends(merged.data);
  const parsed = definitionSchema.safeParse(data);
  const diagnostics = [
    ...files.flatMap((one) => one.diagnostics),
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => describeIssue(issue, merged))),
    ...checkSemantics(data).map(({ path, message, fix }) =>
      at(merged.place(path), message, { ...field(path), ...(fix === undefined ? {} : { fix }) }),
    ),
    ...split(merged),
  ];
  if (!parsed.success || diagnostics.length > 0) return { ok: false, diagnostics: diagnostics.sort(order) };
  return { ok: true, value: build(parsed.data, names, merged) };
}

/** Each file's own is checked where it is followed. */
function withoutExtends(data: unknown): unknown {
  if (!isRecord(data)) return data;
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'extends'));
}

/** Who brings a new version edits all of these at once. */
const TOGETHER = ['version', 'update', 'sources'];

function split(merged: MergedFiles): Diagnostic[] {
  const found = TOGETHER.flatMap((name) => merged.holders([name]).map(({ file, nodes }) => ({ name, file, nodes })));
  // The nearer files are where somebody overrides one of them.
  const home = found.findLast(({ name }) => name === 'version') ?? found[0];
  return found
    .filter(({ file }) => file !== home?.file)
    .map(({ name, file, nodes }) =>
      at(
        { file, ...nodes.keyPosition([], name) },
        `found beside ${home?.name ?? ''} in ${home?.file ?? ''}; allowed: ${TOGETHER.join(', ')} in one file`,
        { field: name, fix: 'write them into one file: who brings a new version changes them together' },
      ),
    );
}

function at(place: Place, message: string, rest: Partial<Diagnostic> = {}): Diagnostic {
  return { ...place, message, ...rest };
}

function describeIssue(issue: z.core.$ZodIssue, merged: MergedFiles): Diagnostic[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? part.toString() : part));
  if (issue.code === 'unrecognized_keys') {
    const allowed = fieldsAt(path);
    return issue.keys.map((key) => {
      const suggestion = path[0] === 'sizes' ? suggestPlatform(key) : didYouMean(key, allowed);
      return at(merged.keyPlace(path, key), `unknown field ${quote(key)}; allowed: ${allowed.join(', ')}`, {
        ...field([...path, key]),
        ...(suggestion === undefined ? {} : { fix: `did you mean ${suggestion}?` }),
      });
    });
  }
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    const allowed = issue.issues[0]?.message ?? issue.message;
    return [at(merged.keyPlace(path.slice(0, -1), key), `found ${quote(key)}; allowed: ${allowed}`, field(path))];
  }
  if (!merged.has(path)) {
    return [at(merged.place(path), `is missing; allowed: ${issue.message}`, field(path))];
  }
  const fix = fixOf(issue, path, merged);
  return [
    at(merged.place(path), `found ${merged.describe(path)}; allowed: ${issue.message}`, {
      ...field(path),
      ...(fix === undefined ? {} : { fix }),
    }),
  ];
}

function fixOf(issue: z.core.$ZodIssue, path: Path, merged: MergedFiles): string | undefined {
  const unquoted = merged.unquoted(path);
  if (issue.code === 'invalid_type' && issue.expected === 'string' && unquoted !== undefined) {
    const name = path.at(-1);
    const quoted = JSON.stringify(unquoted);
    return `quote it, or YAML reads something else than was written: ${typeof name === 'string' ? `${name}: ${quoted}` : quoted}`;
  }
  if (issue.code === 'invalid_value') {
    const suggestion = suggestPlatform(unquoted ?? merged.describe(path).replaceAll('"', ''));
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

function build(
  { extends: _, ...data }: z.output<typeof definitionSchema>,
  [file = '', ...extended]: readonly string[],
  merged: MergedFiles,
): Definition {
  const { title, variant, packages, update, endOfLife, deprecated, lint, ...rest } = data;
  const parts = { version: data.version, ...versionParts(data.version) };
  const tagParts = { ...parts, variant };
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
    ...(['platforms', 'sources', 'tags', 'testWith'] as const).flatMap((name) => data[name].map((_, i) => [name, i])),
    ...Object.keys(data.sizes).map((platform) => ['sizes', platform]),
    ...Object.keys(data.lint ?? {}).map((rule) => ['lint', rule]),
  ];
  return {
    file,
    ...(extended.length === 0 ? {} : { extends: extended }),
    ...rest,
    sources,
    sizes: Object.fromEntries(Object.entries(data.sizes).map(([platform, size]) => [platform, parseSize(size) ?? 0])),
    tags: data.tags.map((tag) => expandTemplate(tag, tagParts)),
    ...(variant === undefined ? {} : { variant }),
    ...(title === undefined ? {} : { title }),
    ...(packages === undefined ? {} : { packages: defined(packages) }),
    ...(update === undefined ? {} : { update: defined(update) }),
    ...(endOfLife === undefined ? {} : { endOfLife }),
    ...(deprecated === undefined ? {} : { deprecated: defined(deprecated) }),
    ...(lint === undefined ? {} : { lint }),
    positions: Object.fromEntries(
      fields.filter((path) => merged.has(path)).map((path) => [formatPath(path), merged.place(path)]),
    ),
  };
}

/** Drops the fields that are undefined, which zod types as present. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

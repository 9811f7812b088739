import { posix } from 'node:path';
import type { Place } from './definition.ts';
import { quote, type Diagnostic } from '@dockyard/diagnostic';
import { isRecord } from './merged-files.ts';
import { definitionSchema } from './schema.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

/**
 * Reads a file that definitions share.
 *
 * @param path relative to the root of the workspace
 * @returns its text; undefined where it cannot be read
 */
export type ReadShared = (path: string) => string | undefined;

/**
 * Follows `extends` from a definition to the last file.
 *
 * @param first the definition
 * @param read reads the files that it extends
 * @returns the files that it extends, nearest first, as far as they can be followed, and what is wrong on the way
 */
export function followExtends(
  first: YamlFile,
  read: ReadShared,
): { readonly files: readonly YamlFile[]; readonly diagnostics: readonly Diagnostic[] } {
  const files: YamlFile[] = [];
  const seen = [first.file];
  for (let from = first; ;) {
    const next = targetOf(from, seen);
    if (next === undefined) return { files, diagnostics: [] };
    if (typeof next !== 'string') return { files, diagnostics: [next] };
    const text = read(next);
    if (text === undefined) {
      const fix = `write ${next}, or correct the path`;
      return { files, diagnostics: [at(place(from), `${next} is no file that can be read`, fix)] };
    }
    const file = readYamlFile(text, next);
    if (!('nodes' in file)) return { files, diagnostics: file };
    if (!isRecord(file.data)) {
      const found = file.data === null || file.data === undefined ? 'no fields' : file.nodes.describe([]);
      const start = { file: next, line: 1, column: 1 };
      return {
        files,
        diagnostics: [...file.diagnostics, { ...start, message: `found ${found}; allowed: a mapping of fields` }],
      };
    }
    files.push(file);
    seen.push(next);
    from = file;
  }
}

/** The file that a file extends; what is wrong with how it names it; undefined where it extends none. */
function targetOf(from: YamlFile, seen: readonly string[]): string | Diagnostic | undefined {
  const value = isRecord(from.data) ? from.data['extends'] : undefined;
  if (value === undefined) return undefined;
  const parsed = definitionSchema.shape.extends.safeParse(value);
  if (!parsed.success || parsed.data === undefined) {
    const allowed = parsed.error?.issues[0]?.message ?? '';
    return at(place(from), `found ${from.nodes.describe(['extends'])}; allowed: ${allowed}`);
  }
  const folder = from.file.split('/').slice(0, 2).join('/');
  const target = posix.normalize(posix.join(posix.dirname(from.file), parsed.data));
  if (posix.dirname(target) !== folder || posix.basename(target) === 'image.yaml') {
    const fix = 'keep what definitions share in a file of its own there, and extend that';
    return at(
      place(from),
      `found ${quote(parsed.data)}, which is ${target}; allowed: a YAML file in ${folder} that is no image.yaml`,
      fix,
    );
  }
  if (seen.includes(target)) {
    const cycle = [...seen.slice(seen.indexOf(target)), target].join(' → ');
    return at(place(from), `cycle: ${cycle}`, 'let one of them extend nothing');
  }
  return target;
}

function place({ file, nodes }: YamlFile): Place {
  return { file, ...nodes.position(['extends']) };
}

function at(where: Place, message: string, fix?: string): Diagnostic {
  return { ...where, field: 'extends', message, ...(fix === undefined ? {} : { fix }) };
}

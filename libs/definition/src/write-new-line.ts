import { parse } from 'yaml';
import { editYaml, type YamlEdit } from './edit-yaml.ts';
import { placeholderDigest } from './placeholder-digest.ts';
import { templateNames } from './template.ts';

/**
 * Makes the text of a definition, or of a file that it extends, that of a newer release line. Comments and formatting stay.
 *
 * @param text the older line's
 * @param o.newest the older line, `8.5`
 * @param o.line the new line, `8.6`
 * @param o.version its version
 * @returns with the version, the range of updates, what it extends and tags in numbers those of the new line, with zeros for the digests
 *   of sources that are another file in each version, and without what is only true of the old one: sizes, end of life, deprecation
 * @throws {RangeError} a field can't be changed where it stands
 */
export function writeNewLine(text: string, o: { newest: string; line: string; version: string }): string {
  const data = parse(text) as Record<string, unknown>;
  const named = new RegExp(`(?<![\\d.])${o.newest.replaceAll('.', '\\.')}(?![\\d])`, 'g');
  const edits: YamlEdit[] = [];
  const renamed = (path: readonly (string | number)[], value: unknown): void => {
    if (typeof value !== 'string') return;
    const written = value.replace(named, o.line);
    if (written !== value) edits.push({ path, text: written });
  };
  if (data['version'] !== undefined) edits.push({ path: ['version'], text: o.version });
  renamed(['extends'], data['extends']);
  renamed(['update', 'allowed'], (data['update'] as Record<string, unknown> | undefined)?.['allowed']);
  if (Array.isArray(data['tags'])) data['tags'].forEach((tag, i) => renamed(['tags', i], tag));
  if (Array.isArray(data['sources'])) data['sources'].forEach((source, i) => edits.push(...unknownDigests(source, i)));
  for (const field of ['sizes', 'endOfLife', 'deprecated'])
    if (data[field] !== undefined) edits.push({ path: [field], remove: true });
  return editYaml(text, edits);
}

/** The digests of a source whose URLs follow the version. */
function unknownDigests(source: unknown, index: number): YamlEdit[] {
  const { urls, ...fields } = source as Record<string, unknown>;
  const follows = (Array.isArray(urls) ? urls : []).some(
    (url) => typeof url === 'string' && templateNames(url).some((name) => name !== 'arch'),
  );
  return (['sha256', 'sha512'] as const)
    .filter((algorithm) => follows && fields[algorithm] !== undefined)
    .map((algorithm) => ({ path: ['sources', index, algorithm], text: placeholderDigest(algorithm) }));
}

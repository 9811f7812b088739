import { type Document, isMap, isScalar, parseDocument } from 'yaml';
import { formatSize } from './byte-size.ts';

/**
 * Puts sizes into the field `sizes` of a definition, or adds the field before its tags. Everything else stays as it is, to the
 * byte; comments inside the field are lost.
 *
 * @param text an image.yaml that has been read without a mistake
 * @param sizes bytes by platform; platforms that aren't here keep what they have
 * @returns the text with them
 */
export function writeSizes(text: string, sizes: Readonly<Record<string, number>>): string {
  const { contents }: Document = parseDocument(text, { version: '1.2' });
  if (!isMap(contents)) throw new RangeError('the text is no mapping of fields');
  const find = (name: string) => contents.items.find(({ key }) => isScalar(key) && key.value === name);
  const field = find('sizes');
  const present = isMap(field?.value) ? (field.value.toJSON() as Record<string, string>) : {};
  const written = { ...present };
  for (const [platform, bytes] of Object.entries(sizes)) written[platform] = formatSize(bytes);
  const line = `sizes: { ${Object.entries(written)
    .map(([platform, size]) => `${platform}: ${size}`)
    .join(', ')} }`;

  const key = field?.key;
  if (isScalar(key) && key.range) {
    const start = key.range[0];
    const end = isMap(field?.value) && field.value.range ? field.value.range[1] : key.range[1] + 1;
    const trimmed = text.slice(start, end).trimEnd();
    return text.slice(0, start) + line + text.slice(start + trimmed.length);
  }
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const tags = find('tags')?.key;
  if (isScalar(tags) && tags.range)
    return `${text.slice(0, tags.range[0])}${line}${newline}${text.slice(tags.range[0])}`;
  return `${text}${text.endsWith('\n') ? '' : newline}${line}${newline}`;
}

/**
 * A table of GitHub-flavoured Markdown.
 *
 * @param header of each column
 * @param rows cells in Markdown; a line break or a bar in them is escaped
 * @returns empty where there is no row
 */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replace(/\r?\n/g, ' ').replace(/(?<!\\)\|/g, '\\|');
}

/** Text that is shown as it is. */
export function code(text: string): string {
  const fence = text.includes('`') ? '``' : '`';
  return `${fence}${text}${fence}`;
}

/** Texts that are shown as they are, one beside another. */
export function codes(texts: readonly string[]): string {
  return texts.map(code).join(' ');
}

/**
 * Blocks of Markdown, with a blank line between.
 *
 * @param parts those that are empty or undefined are left out
 */
export function blocks(...parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part): part is string => part !== undefined && part.trim() !== '')
    .map((part) => part.trim())
    .join('\n\n');
}

/** A section; undefined where it has no text. */
export function section(title: string, ...parts: readonly (string | undefined)[]): string | undefined {
  const text = blocks(...parts);
  return text === '' ? undefined : `## ${title}\n\n${text}`;
}

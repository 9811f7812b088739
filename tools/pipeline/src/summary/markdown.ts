/** Text as code of Markdown, in one line whatever it holds. */
export function code(text: string): string {
  return `\`${text.replace(/\p{C}/gu, '\ufffd').replaceAll('`', "'")}\``;
}

/** The same for a cell of a table. */
export function codeCell(text: string): string {
  return code(text).replaceAll('|', '\\|');
}

/** A table of GitLab Flavored Markdown. */
export function table(
  head: readonly string[],
  align: readonly ('---' | '---:')[],
  rows: readonly (readonly string[])[],
): string[] {
  return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

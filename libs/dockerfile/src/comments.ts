/**
 * A Dockerfile without the lines that mean nothing to an engine: comments, also those between continued lines, and blank
 * lines. Parser directives stay. Two files that differ in nothing else build the same image.
 *
 * @param text a Dockerfile of our dialect, which has no here-documents: inside of one a `#` would begin no comment
 * @see https://docs.docker.com/reference/dockerfile/#format
 */
export function withoutComments(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const first = lines.findIndex((line) => !/^\s*#\s*[A-Za-z][A-Za-z0-9]*\s*=/.test(line));
  const directives = lines.slice(0, first === -1 ? lines.length : first);
  const rest = lines.slice(directives.length).filter((line) => !/^\s*(?:#|$)/.test(line));
  return [...directives, ...rest].join('\n');
}

import { joinLines, readDirectives, type Word } from './lines.ts';
import { readInstruction } from './words.ts';

/**
 * A Dockerfile as every engine can be given it. Nothing moves to another line, so that an engine's messages still fit the file.
 *
 * - The syntax directive goes: BuildKit would fetch a front end from a registry for it.
 * - VOLUME goes: Podman before 5 throws away what a RUN writes below a volume, BuildKit keeps it. The image gets its volumes afterwards.
 * - `--link` goes: Podman 4.3 doesn't know it, and an image has one own layer, which comes out the same.
 *
 * @param text a Dockerfile of our dialect
 */
export function lowered(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const plain = lines.map((line) => line.replace(/\r$/, ''));
  const directives = readDirectives(plain);
  const escape = directives.find(({ name }) => name === 'escape')?.value ?? '\\';
  const instructions = joinLines(plain, escape);
  for (const { name, line } of directives) if (name === 'syntax') lines[line - 1] = '';
  for (const word of instructions) {
    const { keyword, flags } = readInstruction(word);
    if (keyword === 'VOLUME') {
      const last = word.position(word.text.length).line;
      for (let line = word.position().line; line <= last; line += 1) lines[line - 1] = '';
    }
    if (keyword !== 'COPY' && keyword !== 'ADD') continue;
    for (const flag of flags) if (flag.name === 'link') blank(lines, flag.word);
  }
  return lines.join('\n');
}

/** Writes blanks over a word, which may go over several lines. */
function blank(lines: string[], word: Word): void {
  for (let offset = 0; offset < word.text.length; offset += 1) {
    const { line, column } = word.position(offset);
    const text = lines[line - 1] ?? '';
    lines[line - 1] = `${text.slice(0, column - 1)} ${text.slice(column)}`;
  }
}

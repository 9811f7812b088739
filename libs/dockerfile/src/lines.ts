import { type Position, lastAtOrBefore } from '@dockyard/diagnostic';

/** A piece of an instruction, and where it stands in the file. */
export class Word {
  readonly text: string;
  readonly #at: (offset: number) => Position;

  /** @param at where the character at an offset of the text stands; the offset may be one past the end */
  constructor(text: string, at: (offset: number) => Position) {
    this.text = text;
    this.#at = at;
  }

  /** Where the character at an offset stands; without one, the first. */
  position(offset = 0): Position {
    return this.#at(offset);
  }

  slice(start: number, end?: number): Word {
    return new Word(this.text.slice(start, end), (offset) => this.#at(start + offset));
  }
}

/** A comment of the form `# name=value` at the head of the file. */
export interface Directive {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

/**
 * The parser directives that a Dockerfile begins with. The first line may be a `#!`, after which BuildKit looks for a front end too.
 *
 * @param lines the lines of the file, without their ends
 */
export function readDirectives(lines: readonly string[]): Directive[] {
  const directives: Directive[] = [];
  for (let i = lines[0]?.startsWith('#!') === true ? 1 : 0; i < lines.length; i++) {
    const [, name, value] = /^[ \t]*#[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*([^ \t].*)$/.exec(lines[i] ?? '') ?? [];
    if (name === undefined || value === undefined) break;
    directives.push({ name: name.toLowerCase(), value: value.trimEnd(), line: i + 1 });
  }
  return directives;
}

/**
 * Joins the lines of a Dockerfile into one word for each instruction: without continuation characters, and without the comments and
 * blank lines in between.
 *
 * @param lines the lines of the file, without their ends
 * @param escape the character that continues a line where only blanks follow it
 */
export function joinLines(lines: readonly string[], escape: string): Word[] {
  const instructions: Word[] = [];
  let pieces: Piece[] = [];
  let open: Position | undefined;
  lines.forEach((line, i) => {
    if (isComment(line) || line.trim() === '') return;
    const continued = line.trimEnd().endsWith(escape);
    const start = pieces.length === 0 ? line.length - line.trimStart().length : 0;
    const text = line.slice(start, continued ? line.lastIndexOf(escape) : undefined);
    const last = pieces.at(-1);
    const offset = last === undefined ? 0 : last.offset + last.text.length;
    // An empty piece holds no character, and no offset would be its own.
    if (text !== '') pieces.push({ text, offset, line: i + 1, column: start + 1 });
    open = continued ? { line: i + 1, column: start + text.length + 1 } : undefined;
    if (continued || pieces.length === 0) return;
    instructions.push(join(pieces));
    pieces = [];
  });
  // A continuation that the file ends with is an instruction even where it continues nothing, and an unknown one.
  if (open !== undefined) {
    const at = open;
    instructions.push(pieces.length > 0 ? join(pieces) : new Word('', () => at));
  }
  return instructions;
}

/** Whether a line is a comment; inside an instruction as well, and however far it is indented. */
export function isComment(line: string): boolean {
  return /^[ \t]*#/.test(line);
}

/** What one line of the file gives to an instruction. */
interface Piece {
  readonly text: string;
  /** Where the text begins in the instruction. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

function join(pieces: readonly Piece[]): Word {
  const offsets = pieces.map(({ offset }) => offset);
  return new Word(pieces.map(({ text }) => text).join(''), (offset) => {
    const {
      line,
      column,
      offset: start,
    } = pieces[lastAtOrBefore(offsets, offset)] ?? { line: 1, column: 1, offset: 0 };
    return { line, column: column + offset - start };
  });
}

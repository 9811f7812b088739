import type { Word } from './lines.ts';

/** An option such as `--from=build`. */
export interface Flag {
  readonly name: string;
  /** Without quotes and escapes; undefined where there is no `=`. */
  readonly value: string | undefined;
  /** As it was written. */
  readonly word: Word;
}

/** An instruction taken apart as BuildKit's parser does it, with nothing expanded yet. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  readonly word: Word;
  readonly flags: readonly Flag[];
  /** What follows the keyword and the options, without blanks at both ends. */
  readonly rest: Word;
}

/** Takes apart an instruction whose lines are joined. */
export function readInstruction(word: Word): Instruction {
  const [name = ''] = /^[^ \t]*/.exec(word.text) ?? [];
  const flags: Flag[] = [];
  let at = skipBlanks(word.text, name.length);
  while (word.text.startsWith('--', at)) {
    const { text, end } = unquote(word.text, at);
    const flag = word.slice(at, end);
    at = skipBlanks(word.text, end);
    if (text === '--') break;
    const equals = text.indexOf('=');
    flags.push({
      name: text.slice(2, equals === -1 ? undefined : equals),
      value: equals === -1 ? undefined : text.slice(equals + 1),
      word: flag,
    });
  }
  const rest = word.slice(at, Math.max(at, word.text.trimEnd().length));
  return { keyword: name.toUpperCase(), word: word.slice(0, name.length), flags, rest };
}

function skipBlanks(text: string, at: number): number {
  while (text[at] === ' ' || text[at] === '\t') at++;
  return at;
}

/** An option without its quotes and escapes. The escape character is the backslash here, within any quotes and whatever a directive says. */
function unquote(text: string, start: number): { text: string; end: number } {
  let result = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') result += text.charAt(++at);
    else if (char === quote) quote = '';
    else if (quote !== '') result += char;
    else if (char === '"' || char === "'") quote = char;
    else if (char === ' ' || char === '\t') break;
    else result += char;
  }
  return { text: result, end: Math.min(at, text.length) };
}

/** Splits at blanks, which is all that FROM, COPY, ADD, EXPOSE and VOLUME know: quotes hold nothing together there. */
export function splitAtBlanks(word: Word): Word[] {
  return Array.from(word.text.matchAll(/[^ \t]+/g), (match) => word.slice(match.index, match.index + match[0].length));
}

/** Splits at blanks outside of quotes, as ARG, ENV and LABEL do. */
export function splitOutsideQuotes(word: Word, escape: string): Word[] {
  const words: Word[] = [];
  for (let at = 0; at < word.text.length;) {
    const end = wordEnd(word.text, at, escape);
    if (end > at) words.push(word.slice(at, end));
    at = end + 1;
  }
  return words;
}

/** Where the word that begins at an offset ends: at the first blank outside of quotes. */
function wordEnd(text: string, start: number, escape: string): number {
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === escape && quote !== "'") at++;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === ' ' || char === '\t') return at;
  }
  return text.length;
}

/** What stands between brackets. */
export interface JsonForm {
  /** Undefined where it holds something else than strings. */
  readonly words: readonly string[] | undefined;
  /** What follows the closing bracket; both engines drop it. */
  readonly surplus: string;
}

/** Reads the JSON form of an instruction; undefined where it is in shell form, as it is wherever the JSON is none. */
export function readJsonForm(rest: string): JsonForm | undefined {
  if (!rest.startsWith('[')) return undefined;
  const end = arrayEnd(rest);
  try {
    const value: unknown = JSON.parse(rest.slice(0, end));
    const words = Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
    return { words, surplus: rest.slice(end) };
  } catch {
    return undefined;
  }
}

/** Where the array ends that a text begins with. */
function arrayEnd(text: string): number {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (quoted && char === '\\') at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && char === '[') depth++;
    else if (!quoted && char === ']' && --depth === 0) return at + 1;
  }
  return text.length;
}

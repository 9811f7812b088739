/** What a build argument or environment variable stands for. */
export interface Variable {
  readonly text: string;
  /** The automatic platform arguments that the text depends on; a `*` stands in the text where they would. */
  readonly automatic: readonly string[];
  /** The variables that the text depends on and that have no value in this file, though a base image may give them one. */
  readonly unset: readonly string[];
  /** Whether ENV set it, and not ARG. */
  readonly environment?: boolean;
}

export interface Expansion extends Variable {
  /** Why the word cannot be read; the other fields mean nothing then. */
  readonly error?: string;
}

const DEEPEST = 20;
/** In UTF-16 code units: `ARG A=$A$A` doubles the text each time. */
const LONGEST = 65_535;

/**
 * Expands one word as both engines do: quotes, escapes, `$X`, `${X}`, `${X:-word}`, `${X:+word}`.
 *
 * @param word the word as it was written
 * @param lookup what a variable stands for; undefined where it has no value
 * @param escape the file's escape character
 */
export function expandWord(word: string, lookup: (name: string) => Variable | undefined, escape: string): Expansion {
  return new Expander(word, lookup, escape).run();
}

class ExpansionError extends Error {}

class Expander {
  readonly #word: string;
  readonly #lookup: (name: string) => Variable | undefined;
  readonly #escape: string;
  readonly #automatic = new Set<string>();
  readonly #unset = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(word: string, lookup: (name: string) => Variable | undefined, escape: string) {
    this.#word = word;
    this.#lookup = lookup;
    this.#escape = escape;
  }

  run(): Expansion {
    const rest = { automatic: this.#automatic, unset: this.#unset };
    try {
      const text = this.#until(undefined, true);
      return { text, automatic: [...rest.automatic], unset: [...rest.unset] };
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      return { text: '', automatic: [], unset: [], error: error.message };
    }
  }

  /** Reads up to a closing character and past it. `used` is false for a word whose result is thrown away. */
  #until(close: string | undefined, used: boolean): string {
    let text = '';
    while (this.#at < this.#word.length) {
      const char = this.#take();
      if (char === close) return text;
      if (char === "'" && close !== '"') text += this.#singleQuoted();
      else if (char === '"') text += this.#until('"', used);
      else if (char === '$') text += this.#dollar(used);
      else if (char === this.#escape) text += this.#escaped(close === '"');
      else text += char;
      if (text.length > LONGEST) throw new ExpansionError(`it becomes longer than ${LONGEST} characters`);
    }
    if (close === undefined) return text;
    throw new ExpansionError(`the closing ${close === '}' ? 'brace' : 'quote'} ${close} is missing`);
  }

  #singleQuoted(): string {
    const end = this.#word.indexOf("'", this.#at);
    if (end === -1) throw new ExpansionError("the closing quote ' is missing");
    const text = this.#word.slice(this.#at, end);
    this.#at = end + 1;
    return text;
  }

  #escaped(quoted: boolean): string {
    const next = this.#word[this.#at];
    if (next === undefined) return quoted ? this.#escape : '';
    this.#at++;
    return quoted && next !== '"' && next !== '$' && next !== this.#escape ? this.#escape + next : next;
  }

  #dollar(used: boolean): string {
    if (this.#word[this.#at] !== '{') {
      const name = this.#name();
      this.#rejectForeignName(name);
      return name === '' ? '$' : this.#value(name, used);
    }
    this.#at++;
    const name = this.#name();
    if (name === '') throw new ExpansionError('the name of a variable is missing after ${');
    const next = this.#take();
    if (next === '}') return this.#value(name, used);
    const modifier = next === ':' ? this.#take() : '';
    if (modifier !== '-' && modifier !== '+') {
      throw new ExpansionError(
        `\${${name}${next}${modifier}…} is outside the dialect that both engines take; allowed: \${${name}}, \${${name}:-word}, \${${name}:+word}`,
      );
    }
    if (++this.#depth > DEEPEST) throw new ExpansionError(`variables are nested more than ${DEEPEST} deep`);
    const variable = this.#lookup(name);
    const set = variable !== undefined && variable.text !== '';
    // Which of the two words counts depends on the variable, so a platform's variable shows through either.
    if (used && variable !== undefined) this.#depend(variable);
    const wordUsed = used && (modifier === '-' ? !set : set);
    const word = this.#until('}', wordUsed);
    this.#depth--;
    // Whether the word counts is known on the platform only, and a check of what is fetched would not see it.
    if (used && (variable?.automatic.length ?? 0) > 0 && /:\/\/|@/.test(word))
      throw new ExpansionError(`an address (${word}) that depends on the platform is outside the dialect`);
    return modifier === '-' ? (set ? variable.text : word) : set ? word : '';
  }

  /** After a `$`, BuildKit takes more characters for a name, or for a part of one, than Podman does. */
  #rejectForeignName(name: string): void {
    const [foreign] =
      (name === '' ? /^[@*#?\-$!\p{L}\p{Nd}]/u : /^[^\p{ASCII}]/u).exec(this.#word.slice(this.#at, this.#at + 2)) ?? [];
    if (foreign !== undefined) {
      throw new ExpansionError(
        `$${name}${foreign} is outside the dialect that both engines take; write \${${name}} or escape the $`,
      );
    }
  }

  #value(name: string, used: boolean): string {
    const variable = this.#lookup(name);
    if (used && variable === undefined) this.#unset.add(name);
    if (used && variable !== undefined) this.#depend(variable);
    return variable?.text ?? '';
  }

  #depend(variable: Variable): void {
    variable.automatic.forEach((name) => this.#automatic.add(name));
    variable.unset.forEach((name) => this.#unset.add(name));
  }

  #name(): string {
    const [name = ''] = /^(?:\d|[A-Za-z_][A-Za-z0-9_]*)/.exec(this.#word.slice(this.#at, this.#at + 256)) ?? [];
    this.#at += name.length;
    return name;
  }

  #take(): string {
    return this.#word[this.#at++] ?? '';
  }
}

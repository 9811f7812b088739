/**
 * Reads the value of a header field piece by piece (RFC 9110, 5.6). Each method takes what it is named after and goes on behind it, or stays
 * where it is and tells undefined or false.
 */
export class Field {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  ended(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Optional white space. */
  space(): boolean {
    return this.match(/[ \t]+/y) !== undefined;
  }

  token(): string | undefined {
    return this.match(/[!#$%&'*+.^_`|~0-9A-Za-z-]+/y);
  }

  /** A quoted string, without quotes and escapes. */
  quoted(): string | undefined {
    const text = this.match(/"(?:[^"\\]|\\[^])*"/y);
    return text?.slice(1, -1).replaceAll(/\\([^])/g, '$1');
  }

  /** @param pattern sticky */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  /** White space, and `=` with what it is written with. */
  equals(): boolean {
    const before = this.#at;
    this.space();
    if (this.take('=')) {
      this.space();
      return true;
    }
    this.#at = before;
    return false;
  }

  /** Goes on behind the separators between the members of a list, of which some may be empty; tells whether there is more. */
  next(): boolean {
    this.match(/[ \t,]+/y);
    return !this.ended();
  }

  /** Gives a broken member of a list up. */
  skipMember(): void {
    while (!this.ended() && !this.take(',')) {
      if (this.quoted() !== undefined) continue;
      // Behind a quote that nobody closes there is nothing more to find.
      this.#at = this.#text[this.#at] === '"' ? this.#text.length : this.#at + 1;
    }
  }

  /** Tries to read something, and goes back where it was nothing. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const before = this.#at;
    const found = read();
    if (found === undefined) this.#at = before;
    return found;
  }
}

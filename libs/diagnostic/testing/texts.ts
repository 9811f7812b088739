import * as fc from 'fast-check';

/** Ways to spell the same: the numbers are used up one for each choice, and then begin again. */
export class Spelling {
  readonly #choices: readonly number[];
  #at = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** The first option is the plainest, and the only one where there are no numbers. */
  pick<T>(...options: readonly [T, ...T[]]): T {
    const choice = this.#choices.length === 0 ? 0 : (this.#choices[this.#at++ % this.#choices.length] ?? 0);
    return options[choice % options.length] ?? options[0];
  }
}

/** For {@link Spelling}; shrinks to the plainest. */
export const choices: fc.Arbitrary<number[]> = fc.array(fc.nat(59), { maxLength: 24 });

/** A few pieces, and now and then some of them very many times over. */
export function repeated(piece: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const few = (least: number, most: number) =>
    fc.array(piece, { minLength: least, maxLength: most }).map((pieces) => pieces.join(''));
  return fc.oneof(
    { weight: 100, arbitrary: few(0, 40) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(few(0, 4), few(1, 3), fc.constantFrom(2_000, 60_000, 1_000_000))
        .map(([before, again, size]) => before + again.repeat(Math.floor(size / (again.length + 1)))),
    },
  );
}

/** Changes a text in a few places: a piece put in, cut out, doubled or put in place of something else. */
export function mutated(text: fc.Arbitrary<string>, pieces: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({
    at: fc.nat(9_999),
    length: fc.nat(8),
    put: fc.oneof(fc.constant(''), pieces),
    twice: fc.boolean(),
  });
  return fc.tuple(text, fc.array(change, { minLength: 1, maxLength: 3 })).map(([whole, changes]) =>
    changes.reduce((now, { at, length, put, twice }) => {
      const start = Math.floor((at / 10_000) * (now.length + 1));
      const cut = now.slice(start, start + length);
      return now.slice(0, start) + put + (twice ? cut + cut : '') + now.slice(start + length);
    }, whole),
  );
}

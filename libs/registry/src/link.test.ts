import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextPage } from './link.ts';

describe('the next page', () => {
  it.each<[string[], string | undefined]>([
    [['</v2/a/tags/list?last=b&n=2>; rel="next"'], '/v2/a/tags/list?last=b&n=2'],
    [['<?last=b>;rel=next'], '?last=b'],
    [['<a>; rel="prev", <b>; title="x, <c>; rel=next"; REL="first NEXT"'], 'b'],
    [['<a>; rel="prev"', '<b>; rel="next"'], 'b'],
    [['<a>; rel=prev; rel=next'], undefined],
    [['nonsense, <b>; rel="next"'], 'b'],
    [['<a>'], undefined],
    [['<a'], undefined],
    [[''], undefined],
    [[], undefined],
  ])('%j', (fields, expected) => {
    expect(nextPage(fields)).toBe(expected);
  });

  it('is found or not, whatever the field holds', () => {
    const piece = fc.constantFrom('<', '>', ';', ',', 'rel', '=', '"', 'next', ' ', '\\', '/v2');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (text) => {
          const target = nextPage([text]);
          return target === undefined || text.includes(`<${target}>`);
        },
      ),
      { numRuns: 10_000, seed: 19 },
    );
    for (const many of ['<', '<>;', '<a>;rel="\\"', '"\\']) nextPage([many.repeat(20_000)]);
  });
});

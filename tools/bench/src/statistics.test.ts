import { describe, expect, it } from 'vitest';
import { growthExponent, ratios, spread } from './statistics.ts';

describe('spread', () => {
  it.each([
    [[5], { min: 5, median: 5, max: 5 }],
    [[3, 1, 2], { min: 1, median: 2, max: 3 }],
    [[10, 1, 2, 5], { min: 1, median: 3.5, max: 10 }],
  ])('of %j is %o', (samples, expected) => {
    expect(spread(samples)).toEqual(expected);
  });

  it('leaves the samples as they are, and refuses none', () => {
    const samples = [2, 1];
    spread(samples);
    expect(samples).toEqual([2, 1]);
    expect(() => spread([])).toThrow(RangeError);
  });
});

describe('ratios', () => {
  it('compare samples that were taken beside each other', () => {
    // The machine got ten times slower: the ratio of the medians would say something else.
    expect(ratios([1.1, 11, 12], [1, 10, 10])).toEqual({ min: 1.1, median: 1.1, max: 1.2 });
  });

  it('need pairs', () => {
    expect(() => ratios([1, 2], [1])).toThrow(RangeError);
  });
});

describe('growthExponent', () => {
  const points = (cost: (n: number) => number) => [100, 1000, 3000].map((n) => ({ n, cost: cost(n) }));

  it.each([1, 1.5, 2])('finds %d', (exponent) => {
    const found = growthExponent(
      points((n) => 7 + 0.01 * n ** exponent),
      7,
    );
    expect(found).toBeCloseTo(exponent, 10);
  });

  it('knows none where the cost does not stand out', () => {
    expect(
      growthExponent(
        points(() => 5),
        5,
      ),
    ).toBeUndefined();
    expect(growthExponent([{ n: 100, cost: 2 }], 1)).toBeUndefined();
  });
});

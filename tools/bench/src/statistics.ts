/** Least, middle and greatest of some numbers. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/**
 * The spread of some measurements.
 *
 * @param samples at least one
 * @throws {RangeError} there is none
 */
export function spread(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((one, other) => one - other);
  const [min, max] = [sorted[0], sorted.at(-1)];
  // Of an even number of samples, the mean of the two in the middle.
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.floor(sorted.length / 2)];
  if (min === undefined || max === undefined || low === undefined || high === undefined)
    throw new RangeError('no sample, no median');
  return { min, median: (low + high) / 2, max };
}

/**
 * The spread of the ratios of two alternatives that were measured in turn: each sample is compared with the one taken beside it, so that
 * what the machine does meanwhile touches both.
 *
 * @param samples of the one
 * @param base of the other, as many
 * @throws {RangeError} their numbers differ, or there is none
 */
export function ratios(samples: readonly number[], base: readonly number[]): Spread {
  if (samples.length !== base.length) throw new RangeError('only pairs of samples have a ratio');
  return spread(samples.map((sample, at) => sample / (base[at] ?? Number.NaN)));
}

/**
 * The exponent with which a cost grows: k of `fixed + c·n^k`, the slope of the least-squares line through the points in log-log.
 *
 * @param points `n` and its cost, at least two with different n and a cost above the fixed one
 * @param fixed the cost that doesn't depend on n
 * @returns 1 for a linear growth; undefined where two points don't stand out of the fixed cost
 */
export function growthExponent(
  points: readonly { readonly n: number; readonly cost: number }[],
  fixed: number,
): number | undefined {
  const logs = points
    .filter(({ cost }) => cost > fixed)
    .map(({ n, cost }) => ({ x: Math.log(n), y: Math.log(cost - fixed) }));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(logs.map((point) => point.x)), mean(logs.map((point) => point.y))];
  const variance = mean(logs.map((point) => (point.x - x) ** 2));
  return variance > 0 ? mean(logs.map((point) => (point.x - x) * (point.y - y))) / variance : undefined;
}

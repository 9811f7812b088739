/** Numbers from 0 to below 1 that follow from a seed (mulberry32, public domain). */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Draws from a log-normal distribution, which durations of builds follow: many short, few very long.
 *
 * @param random uniform from 0 to below 1
 * @param median of what is drawn, in any unit
 * @param sigma standard deviation of its logarithm
 * @see Box, Muller: A Note on the Generation of Random Normal Deviates, 1958
 */
export function logNormal(random: () => number, median: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(sigma * normal);
}

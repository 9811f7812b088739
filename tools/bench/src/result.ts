import type { BenchResult } from './report.ts';
import { ratios, spread } from './statistics.ts';

/** What a result is to be at most. */
export interface Goal {
  /** An alternative: the median of the ratios to it is meant. Without it, the median itself. */
  readonly to?: string;
  readonly most: number;
}

/**
 * Makes results of samples that were taken in turn.
 *
 * @param what the benchmark, its parameters and the unit of the samples
 * @param samples by alternative, as many of each; every one is compared with those after it
 * @param goals of the first alternative; one whose other alternative wasn't measured is dropped
 * @returns one result an alternative
 */
export function resultsOf(
  what: Pick<BenchResult, 'benchmark' | 'parameters' | 'unit'>,
  samples: ReadonlyMap<string, readonly number[]>,
  goals: readonly Goal[] = [],
): BenchResult[] {
  const names = [...samples.keys()];
  return names.map((alternative, at) => {
    const own = samples.get(alternative) ?? [];
    const compared = names.slice(at + 1).map((to) => ({ to, ...ratios(own, samples.get(to) ?? []) }));
    const middle = spread(own);
    const judged = (at === 0 ? goals : []).flatMap(({ to, most }) => {
      const value = to === undefined ? middle.median : compared.find((ratio) => ratio.to === to)?.median;
      return value === undefined ? [] : [{ of: to ?? 'median', most, met: value <= most }];
    });
    return { ...what, alternative, samples: [...own], ...middle, ratios: compared, goals: judged };
  });
}

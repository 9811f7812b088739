import type { Benchmark } from '../benchmark.ts';
import { simulateFleet } from '../fleet/simulate.ts';
import type { BenchResult } from '../report.ts';
import { resultsOf } from '../result.ts';

const SEEDS = [1, 2, 3, 4, 5];
const RUNNERS = [1, 2, 4, 8, 16, 32];
const JOBS = 500;

/** Of the lower bound, what the generated pipeline may take. */
const GOAL = 1.15;

/**
 * How long a pipeline of a whole fleet takes with so many runners, simulated with made-up durations: the generated child pipeline against the
 * lower bound, and against what a person would write. Nothing is measured, so every run gives the same.
 */
export const fleet: Benchmark = {
  name: 'fleet',
  description: 'simulated makespan of the generated pipeline of 500 images against its lower bound and other pipelines',
  run: async (context) => {
    const images = context.quick ? 50 : 500;
    const results: BenchResult[] = [];
    context.report(`fleet: simulating ${String(images)} images, ${String(SEEDS.length)} seeds`);
    const fleets = SEEDS.map((seed) => simulateFleet({ images, runners: RUNNERS, seed, jobs: JOBS }).results);
    for (const [at, runners] of RUNNERS.entries()) {
      const samples = fleets.flatMap((seeded) => seeded[at] ?? []);
      const by = (name: 'generated' | 'bound' | 'taskBound' | 'static' | 'staged'): number[] =>
        samples.map((sample) => sample[name]);
      results.push(
        ...resultsOf(
          {
            benchmark: 'fleet',
            parameters: { images, platforms: 2, runners, durations: 'synthetic' },
            unit: 'seconds',
          },
          new Map([
            ['generated', by('generated')],
            ['bound', by('bound')],
            ['bound of the tasks alone', by('taskBound')],
            ['static', by('static')],
            ['staged', by('staged')],
          ]),
          [{ to: 'bound', most: GOAL }],
        ),
      );
    }
    return { results };
  },
};

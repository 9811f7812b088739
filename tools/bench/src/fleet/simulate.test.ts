import { describe, expect, it } from 'vitest';
import { simulateFleet } from './simulate.ts';

const SMALL = { images: 100, runners: [1, 4, 64], seed: 1, jobs: 100 };

describe('a simulated fleet', () => {
  it('is the same each time, and another with another seed', () => {
    expect(simulateFleet(SMALL)).toEqual(simulateFleet(SMALL));
    expect(simulateFleet({ ...SMALL, seed: 2 })).not.toEqual(simulateFleet(SMALL));
  });

  it('is never quicker than its bounds, and no slower with more runners', () => {
    const { results, jobs } = simulateFleet(SMALL);
    expect(jobs).toMatchObject({ unlimited: 300 });
    expect(jobs.generated).toBeLessThanOrEqual(100);
    for (const { bound, taskBound, generated } of results) {
      expect(generated).toBeGreaterThanOrEqual(bound * 0.999999);
      expect(bound).toBeGreaterThanOrEqual(taskBound * 0.999999);
    }
    expect(results.map(({ generated }) => generated)).toEqual(
      results.map(({ generated }) => generated).toSorted((one, other) => other - one),
    );
  });

  it('draws from measured durations where there are any', () => {
    const measured = { 'a:compile:amd64': 0, 'a:image:amd64': 0, 'a:test:amd64': 0, 'a:image': 0 };
    expect(simulateFleet({ ...SMALL, measured }).results.every(({ taskBound }) => taskBound === 0)).toBe(true);
  });

  it('of 500 images takes at most 1.15 times its lower bound, and less than a stage for each depth', () => {
    const { results, jobs } = simulateFleet({ images: 500, runners: [2, 8, 32], seed: 1, jobs: 500 });
    expect(jobs).toEqual({ generated: 500, unlimited: 1500, batches: expect.any(Number) as number });
    for (const { bound, generated, staged } of results) {
      expect(generated / bound).toBeLessThan(1.15);
      expect(staged).toBeGreaterThan(generated);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { makespan, type SimulatedJob } from './simulate.ts';

const job = (name: string, seconds: number, needs: string[] = [], pool?: string): SimulatedJob => ({
  name,
  seconds,
  needs,
  ...(pool !== undefined && { pool }),
});

describe('a makespan', () => {
  it.each([
    ['one runner', [job('a', 1), job('b', 2), job('c', 3)], 1, 6],
    // The order decides: longest first ends after 3.
    ['two runners that take the first job', [job('a', 1), job('b', 2), job('c', 3)], 2, 4],
    ['two runners, longest first', [job('c', 3), job('b', 2), job('a', 1)], 2, 3],
    ['needs', [job('b', 2, ['a']), job('a', 1), job('c', 1)], 2, 3],
    ['no job', [], 1, 0],
  ])('with %s', (_, jobs, runners, seconds) => {
    expect(makespan(jobs, new Map([['any', runners]]))).toBe(seconds);
  });

  it('keeps jobs to their pool, and gives the others to whoever is free', () => {
    const jobs = [job('a', 5, [], 'x'), job('b', 5, [], 'x'), job('c', 1), job('d', 1, ['b'], 'y')];
    const runners = new Map([
      ['x', 1],
      ['y', 1],
    ]);
    expect(makespan(jobs, runners)).toBe(11);
  });

  it('refuses what never starts', () => {
    expect(() => makespan([job('a', 1, [], 'x')], new Map([['y', 1]]))).toThrow(RangeError);
    expect(() => makespan([job('a', 1, ['b']), job('b', 1, ['a'])], new Map([['y', 1]]))).toThrow(RangeError);
  });
});

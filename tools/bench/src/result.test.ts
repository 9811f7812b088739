import { describe, expect, it } from 'vitest';
import { type BenchReport, reportSchema } from './report.ts';
import { resultsOf } from './result.ts';

const what = { benchmark: 'plan', parameters: { images: 10, daemon: false }, unit: 'seconds' } as const;
const samples = new Map([
  ['plugin', [2, 3]],
  ['static', [1, 2]],
  ['bake', [4, 4]],
]);

describe('resultsOf', () => {
  it('compares each alternative with those after it', () => {
    const results = resultsOf(what, samples);
    expect(results.map(({ alternative, median }) => [alternative, median])).toEqual([
      ['plugin', 2.5],
      ['static', 1.5],
      ['bake', 4],
    ]);
    expect(results.map(({ ratios }) => ratios.map(({ to }) => to))).toEqual([['static', 'bake'], ['bake'], []]);
    expect(results[0]?.ratios[0]).toEqual({ to: 'static', min: 1.5, median: 1.75, max: 2 });
  });

  it('judges the goals of the first, and drops one that nothing was measured for', () => {
    const goals = [{ most: 2.5 }, { to: 'static', most: 1.7 }, { to: 'nobody', most: 1 }];
    const [first, second] = resultsOf(what, samples, goals);
    expect(first?.goals).toEqual([
      { of: 'median', most: 2.5, met: true },
      { of: 'static', most: 1.7, met: false },
    ]);
    expect(second?.goals).toEqual([]);
  });
});

describe('a report', () => {
  const report: BenchReport = {
    schemaVersion: 1,
    date: '2026-01-02T03:04:05.678Z',
    quick: true,
    machine: { cores: 2, processor: 'x', memory: 1, system: 'linux', node: '24', nx: '24', engines: { podman: '4' } },
    results: resultsOf(what, samples, [{ most: 1 }]),
    missing: [{ benchmark: 'build', reason: 'no engine' }],
  };

  it('is taken with all its fields', () => {
    expect(reportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  });

  it.each([
    { ...report, date: 'yesterday' },
    { ...report, extra: 1 },
    { ...report, results: report.results.map((result) => ({ ...result, samples: [] })) },
    { ...report, results: report.results.map((result) => ({ ...result, unit: 'furlongs' })) },
  ])('is refused where a field is wrong', (wrong) => {
    expect(reportSchema.safeParse(wrong).success).toBe(false);
  });
});

import { expect, it } from 'vitest';
import { type BenchReport, type BenchResult, mergeReports } from './report.ts';

const result = (benchmark: string, project: string, sample: number): BenchResult => ({
  benchmark,
  alternative: 'image',
  parameters: { project },
  unit: 'bytes',
  samples: [sample],
  ...{ min: sample, median: sample, max: sample },
  ratios: [],
  goals: [],
});

const report = (results: BenchResult[], missing: BenchReport['missing'] = []): BenchReport => ({
  schemaVersion: 1,
  date: '2026-01-01T00:00:00.000Z',
  quick: false,
  machine: { cores: 2, processor: '', memory: 1, system: '', node: '', nx: '', engines: {} },
  results,
  missing,
});

const before = report(
  [result('build', 'redis', 1), result('sizes', 'redis', 2), result('sizes', 'nginx', 3)],
  [{ benchmark: 'sizes', reason: 'valkey: no network' }],
);

it('replaces all that a benchmark said before, and nothing of the others', () => {
  const after = mergeReports(before, report([result('sizes', 'redis', 4)]), []);
  expect(after.results).toEqual([result('build', 'redis', 1), result('sizes', 'redis', 4)]);
  expect(after.missing).toEqual([]);
});

it('replaces the results of the projects that a run was limited to', () => {
  const after = mergeReports(before, report([result('sizes', 'redis', 4)]), ['redis']);
  expect(after.results.map(({ samples }) => samples[0])).toEqual([1, 3, 4]);
});

it('keeps why a benchmark that did not run has no result', () => {
  const missing = [{ benchmark: 'plan', reason: 'no buildx' }];
  expect(mergeReports(report([], missing), before, []).missing).toEqual([...missing, ...before.missing]);
});

import { describe, expect, it } from 'vitest';
import { countTests } from './count.ts';

function report(...files: [status: string, ...tests: string[]][]): string {
  return JSON.stringify({
    testResults: files.map(([status, ...tests], index) => ({
      name: `file${String(index)}`,
      status,
      assertionResults: tests.map((test, number) => ({ fullName: `test ${String(number)}`, status: test })),
    })),
  });
}

describe('countTests', () => {
  it('counts tests over all files', () => {
    const text = report(['passed', 'passed', 'passed'], ['failed', 'passed', 'failed']);
    expect(countTests(text, 1)).toEqual({ passed: 3, failed: 1, skipped: [] });
  });

  it('counts a file that cannot be loaded as a failure', () => {
    expect(countTests(report(['failed'], ['passed', 'passed']), 1)).toEqual({ passed: 1, failed: 1, skipped: [] });
  });

  it('counts a failed hook as a failure', () => {
    expect(countTests(report(['failed', 'passed']), 1)).toEqual({ passed: 1, failed: 1, skipped: [] });
  });

  it('names skipped tests, and counts them as neither', () => {
    const text = report(['passed', 'passed', 'skipped', 'pending', 'todo']);
    expect(countTests(text, 0)).toEqual({ passed: 1, failed: 0, skipped: ['test 1', 'test 2', 'test 3'] });
  });

  it('counts a run that fails without a failed test', () => {
    expect(countTests(report(['passed', 'passed']), 1).failed).toBe(1);
  });

  it('counts a run without a report', () => {
    expect(countTests(undefined, 137)).toEqual({ passed: 0, failed: 1, skipped: [] });
  });
});

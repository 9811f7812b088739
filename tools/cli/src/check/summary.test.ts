import { describe, expect, it } from 'vitest';
import { type StageResult, summarize } from './summary.ts';

const ran = (name: string, passed: number, failed: number, skipped: string[] = []): StageResult => ({
  name,
  seconds: 1,
  count: { passed, failed, skipped },
});

const lastLine = (text: string): string | undefined => text.split('\n').at(-1);

describe('summarize', () => {
  it('adds up, ends with the count, and is green', () => {
    const { text, exitCode } = summarize([ran('lint', 1, 0), ran('unit', 200, 0)], [], true);
    expect(lastLine(text)).toBe('201 passed, 0 failed');
    expect(exitCode).toBe(0);
  });

  it('is red where anything failed', () => {
    const { text, exitCode } = summarize([ran('lint', 0, 1), ran('unit', 2, 1)], [], false);
    expect(lastLine(text)).toBe('2 passed, 2 failed');
    expect(text).toContain('FAILED');
    expect(exitCode).toBe(1);
  });

  it('lists what was left out, and stays green on a machine of a person', () => {
    const results: StageResult[] = [ran('unit', 2, 0, ['a test']), { name: 'e2e', seconds: 0, leftOut: 'no engine' }];
    const { text, exitCode } = summarize(results, ['tests on Podman: no root'], false);
    expect(text).toContain('tests on Podman: no root');
    expect(text).toContain('e2e: no engine');
    expect(text).toContain('unit: a test (skipped)');
    expect(lastLine(text)).toBe('2 passed, 0 failed');
    expect(exitCode).toBe(0);
  });

  it.each([
    { title: 'a stage', results: [ran('unit', 2, 0), { name: 'e2e', seconds: 0, leftOut: 'no engine' }], leftOut: [] },
    { title: 'a skipped test', results: [ran('unit', 2, 0, ['a test'])], leftOut: [] },
    { title: 'an engine', results: [ran('unit', 2, 0)], leftOut: ['tests on Podman: no root'] },
  ])('counts $title that was left out as a failure in CI', ({ results, leftOut }) => {
    const { text, exitCode } = summarize(results, leftOut, true);
    expect(lastLine(text)).toBe('2 passed, 1 failed');
    expect(exitCode).toBe(1);
  });

  it('says what belongs to a result, which is no omission', () => {
    const result = { ...ran('images', 1, 0), note: 'Left to npm run test:images: redis.' };
    const { text, exitCode } = summarize([result], [], true);
    expect(text).toContain('images: Left to npm run test:images: redis.');
    expect(exitCode).toBe(0);
  });

  it('is red where nothing ran', () => {
    expect(summarize([], [], false).exitCode).toBe(1);
  });
});

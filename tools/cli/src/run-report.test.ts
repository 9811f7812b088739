import { describe, expect, it } from 'vitest';
import type { TaskOutcome } from './nx.ts';
import { describeFailures, describeRun, describeTask } from './run-report.ts';

const outcome = (from: TaskOutcome['from'], ok = true): TaskOutcome => ({ from, ok, seconds: 81.4, hash: '7' });

const outcomes = new Map([
  ['debian:image:amd64', outcome('cache')],
  ['redis:compile:armv7', outcome('built')],
  ['redis:image:armv7', outcome('built', false)],
  ['redis:test:amd64', outcome('built', false)],
  ['redis:check:amd64', outcome('built', false)],
  ['redis:compile:amd64', outcome('built', false)],
  ['redis:lint:amd64', outcome('built', false)],
  ['redis:image', outcome('built', false)],
]);

describe('the report of a run', () => {
  it('says of each task what became of it', () => {
    expect(describeTask(outcome('built'), true)).toBe('1 min 21 s');
    expect(describeTask(outcome('remote cache'), true)).toBe('remote cache');
    expect(describeTask(outcome('built', false), true)).toBe('failed');
    expect(describeTask(undefined, true)).toBe('not run');
    expect(describeTask(undefined, false)).toBe('–');
  });

  it('has what succeeded, by where it came from', () => {
    expect(describeRun(outcomes)).toEqual([
      ['built', 'redis:compile:armv7'],
      ['cache', 'debian:image:amd64'],
    ]);
  });

  it('leads from what failed to its log', () => {
    expect(describeFailures(outcomes)).toEqual([
      'redis:image:armv7 failed. Its whole log: dist/images/redis/armv7/image.log',
      'redis:test:amd64 failed. Its whole log: dist/images/redis/amd64/test.log',
      'redis:check:amd64 failed. Its whole log: dist/images/redis/amd64/check.log',
      'redis:compile:amd64 failed. Its whole log: dist/images/redis/amd64/artifacts.log',
      'redis:lint:amd64 failed.',
      'redis:image failed.',
    ]);
  });
});

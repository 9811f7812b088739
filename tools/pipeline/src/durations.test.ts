import { UserError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { estimator, readDurations, recordDurations } from './durations.ts';

const task = (id: string) => ({ id, project: id.split(':')[0]!, target: id.slice(id.indexOf(':') + 1) });

describe('an estimate', () => {
  const estimate = estimator({
    'a:compile:amd64': 100,
    'b:compile:arm64': 300,
    'a:image:amd64': 10,
    'a:image': 1,
  });

  it.each([
    ['a:compile:amd64', 100, 'was recorded'],
    ['c:compile:amd64', 200, 'has the median of compiles'],
    ['c:image:arm64', 10, 'has the median of images'],
    ['c:image', 1, 'has the median of joins'],
    ['c:test:amd64', 55, 'has the median of all'],
  ])('of %s is %d: it %s', (id, seconds) => {
    expect(estimate(task(id))).toBe(seconds);
  });

  it('is the same for all where nothing was recorded', () => {
    expect(estimator({})(task('a:image'))).toBe(estimator({})(task('b:compile:amd64')));
  });
});

it.each(['[]', '{"a:b":"1"}', '{"a:b":-1}', 'x'])('refuses the durations %s', (text) => {
  expect(() => readDurations(text)).toThrow(UserError);
});

it('records what was built and succeeded', () => {
  const run = new Map([
    ['a:image:amd64', { from: 'built', ok: true, seconds: 3 }],
    ['b:image:amd64', { from: 'cache', ok: true, seconds: 0.1 }],
    ['c:image:amd64', { from: 'built', ok: false, seconds: 0.1 }],
  ]);
  expect(recordDurations({ 'b:image:amd64': 7, 'a:image:amd64': 1 }, run)).toEqual({
    'a:image:amd64': 3,
    'b:image:amd64': 7,
  });
});

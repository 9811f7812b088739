import { UserError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { estimator, readDurations } from './durations.ts';

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
    ['c:test:amd64', 15, 'takes what tests usually take'],
    ['c:other', 10, 'takes what nothing is known of'],
  ])('of %s is %d: it %s', (id, seconds) => {
    expect(estimate(task(id))).toBe(seconds);
  });

  it('puts a compile above all else together where nothing was recorded', () => {
    const others = ['a:image:amd64', 'a:test:amd64', 'a:lint:amd64', 'a:image'].map((id) => estimator({})(task(id)));
    expect(estimator({})(task('a:compile:amd64'))).toBeGreaterThan(others.reduce((sum, seconds) => sum + seconds));
  });
});

it.each(['[]', '{"a:b":"1"}', '{"a:b":-1}', 'x'])('refuses the durations %s', (text) => {
  expect(() => readDurations(text)).toThrow(UserError);
});

import { expect, it } from 'vitest';
import { linesSince, tail } from './logs.ts';

it('finds what is new though the streams mix differently', () => {
  expect(linesSince(['out 1', 'err 1', 'ready'], ['err 1', 'out 1', 'ready', 'stopped', 'ready'])).toEqual([
    'stopped',
    'ready',
  ]);
  expect(linesSince([], ['a', 'a'])).toEqual(['a', 'a']);
});

it('cuts a log down to its end', () => {
  expect(tail('1\n2\n3\n', 2)).toBe('2\n3');
  expect(tail('', 2)).toBe('(it logged nothing)');
});

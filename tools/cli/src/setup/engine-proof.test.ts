import { describe, expect, it } from 'vitest';
import { isProof } from './engine-proof.ts';

const now = 1_800_000_000_000;
const hours = (count: number): number => count * 60 * 60 * 1000;

describe('isProof', () => {
  it.each([
    ['of an hour ago', JSON.stringify({ key: 'k', at: now - hours(1) }), true],
    ['of yesterday', JSON.stringify({ key: 'k', at: now - hours(25) }), false],
    ['of another engine', JSON.stringify({ key: 'other', at: now - hours(1) }), false],
    ['of the future', JSON.stringify({ key: 'k', at: now + hours(1) }), false],
    ['that is none', 'null', false],
    ['that was cut off', '{"key":"k"', false],
    ['that is not there', '', false],
  ])('takes a record %s: %s', (_what, text, holds) => {
    expect(isProof(text, 'k', now)).toBe(holds);
  });
});

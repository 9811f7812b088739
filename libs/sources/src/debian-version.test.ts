import { describe, expect, it } from 'vitest';
import { compareVersions } from './debian-version.ts';

describe('Debian versions', () => {
  it.each([
    ['1.0', '1.1'],
    ['1.9', '1.10'],
    ['6.12.117-1', '6.12.118-1'],
    ['1.0~rc1-1', '1.0-1'],
    ['1.0~~', '1.0~'],
    ['1.0', '1.0+b1'],
    ['1.0', '1.0a'],
    ['1.0a', '1.0+'],
    ['1.0-1', '1.0-1+deb13u1'],
    ['3.5.1-1+deb13u1', '3.5.1-1+deb13u2'],
    ['9.9', '1:0.1'],
    ['2.0-1', '2.0.0-1'],
    ['1-2-1', '1-2-2'],
    ['1.99999999999999999998', '1.99999999999999999999'],
  ])('%s is older than %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
  });

  it.each([
    ['1.0', '1.0'],
    ['0:1.0', '1.0'],
    ['1.0', '1.0-0'],
    ['1.001', '1.1'],
  ])('%s is as old as %s', (one, other) => {
    expect(compareVersions(one, other)).toBe(0);
  });
});

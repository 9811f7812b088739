import { describe, expect, it } from 'vitest';
import { aptAdvice, asRoot, parsePackages } from './apt.ts';

describe('asRoot', () => {
  it('uses sudo without a password where we are not root', () => {
    expect(asRoot(0, 'apt-get', ['update'])).toEqual({ command: 'apt-get', args: ['update'] });
    expect(asRoot(1000, 'apt-get', ['update'])).toEqual({ command: 'sudo', args: ['-n', 'apt-get', 'update'] });
  });
});

describe('parsePackages', () => {
  it('reads versions, and the names that are recommended', () => {
    const shown =
      'Package: a\nVersion: 1:2-3\nRecommends: b (>= 1), c | d, e:any\nDescription: x\n\nPackage: b\nVersion: 4\n';
    expect(parsePackages(shown)).toEqual(
      new Map([
        ['a', { version: '1:2-3', recommends: ['b', 'c', 'd', 'e'] }],
        ['b', { version: '4', recommends: [] }],
      ]),
    );
  });

  it('takes the first of several versions, which is the one that apt would install', () => {
    expect(parsePackages('Package: a\nVersion: 2\n\nPackage: a\nVersion: 1\n').get('a')?.version).toBe('2');
  });
});

describe('aptAdvice', () => {
  it.each([
    ["E: You don't have enough free space in /var/cache/apt/archives/.", /disk is full/],
    ['dpkg: error: failed to write status: No space left on device', /disk is full/],
    ['Err:1 http://x Temporary failure resolving', /network/],
    ["E: dpkg was interrupted, you must manually run 'dpkg --configure -a'", /dpkg --configure -a/],
    ['E: something else', /run it again/],
  ])('on %s', (said, advice) => {
    expect(aptAdvice(said)).toMatch(advice);
  });
});

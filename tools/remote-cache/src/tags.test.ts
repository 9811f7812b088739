import { describe, expect, it } from 'vitest';
import { cacheTag, parseCacheTag, unusedEntries } from './tags.ts';

describe('tags of the cache', () => {
  it.each([
    { namespace: 'protected', hash: '17000629903716984417' },
    { namespace: 'mr-12', hash: '1', used: 20_781 },
  ])('$namespace.$hash', (tag) => {
    expect(parseCacheTag(cacheTag(tag))).toEqual(tag);
  });

  it.each(['latest', '8.0.2-r1', 'protected.1.used-', '.1'])('not %s', (tag) => {
    expect(parseCacheTag(tag)).toBeUndefined();
  });
});

it('entries go when their last use is too long ago, and stay while nothing says so', () => {
  const tags = ['a.1', 'a.1.used-100', 'a.1.used-120', 'a.2', 'a.2.used-100', 'a.3', 'b.2', 'b.2.used-109', 'latest'];
  expect(unusedEntries(tags, 130, 20)).toEqual(['a.2', 'b.2']);
  expect(unusedEntries(tags, 129, 20)).toEqual(['a.2']);
  // A clock that is behind those of others removes nothing for that.
  expect(unusedEntries(tags, 50, 20)).toEqual([]);
});

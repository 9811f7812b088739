import { expect, it } from 'vitest';
import { parseCacheTag, unusedEntries } from './tags.ts';
import { newestTimes, timeTag } from './times.ts';

const entry = { namespace: 'protected', hash: '17000629903716984417' };

it('a duration is a tag of its entry, which no other tag is taken for', () => {
  const tag = timeTag(entry, { id: 'php-8.4-fpm:compile:amd64', seconds: 82.6 }, 1_795_836_600);
  expect(tag).toBe('protected.17000629903716984417.took-1795836600-83-php-8.4-fpm_compile_amd64');
  expect(parseCacheTag(tag ?? '')).toBeUndefined();
  expect(unusedEntries([tag ?? '', 'protected.1', 'protected.1.used-3'], 100, 1)).toEqual(['protected.1']);
});

it.each(['a_b:image', 'a', 'é:image', `${'a'.repeat(100)}:image:amd64`])('of %s there is none', (id) => {
  expect(timeTag(entry, { id, seconds: 1 }, 1)).toBeUndefined();
});

it('the newest counts, of the namespace that is asked for', () => {
  const tags = [
    ...['protected.1', 'protected.1.used-9', 'latest'],
    ...['protected.2.took-200-7-a_image_amd64', 'protected.1.took-100-5-a_image_amd64'],
    ...['protected.3.took-100-1-a_image', 'mr-1.4.took-300-9-a_image'],
  ];
  expect(newestTimes(tags, 'protected')).toEqual({ 'a:image:amd64': 7, 'a:image': 1 });
});

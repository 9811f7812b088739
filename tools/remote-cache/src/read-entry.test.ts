import { expect, it } from 'vitest';
import { describeOutput } from './describe-entry.ts';

it.each([
  ['dist/images/redis/amd64/image.json', { project: 'redis', arch: 'amd64', target: 'image:amd64' }],
  ['dist/images/php-8.4/armv7/artifacts/index.json', { project: 'php-8.4', arch: 'armv7', target: 'compile:armv7' }],
  ['dist/images/redis/amd64/test.json', { project: 'redis', arch: 'amd64', target: 'test:amd64' }],
  ['dist/images/redis/index/oci-layout', { project: 'redis', target: 'image' }],
  ['dist/images/redis/index.json', { project: 'redis', target: 'image' }],
  ['dist/images/redis', undefined],
  ['dist/tsc/libs/oci/index.d.ts', undefined],
])('%s', (path, expected) => {
  expect(describeOutput(path)).toEqual(expected);
});

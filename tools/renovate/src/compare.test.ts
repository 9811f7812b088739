import { describe, expect, it } from 'vitest';
import { findUnseen } from './compare.ts';
import type { Extracted } from './extract.ts';

const redis: Extracted = {
  manager: 'jsonata',
  file: 'images/redis/image.yaml',
  name: 'redis/redis',
  value: '8.0.2',
  updates: [],
  warnings: [],
};
const pin = { files: ['images/redis/image.yaml', 'images/redis/'], name: 'redis/redis', value: '8.0.2' };

describe('findUnseen', () => {
  it('is silent about what Renovate sees, and about what it sees besides', () => {
    expect(findUnseen([pin], [redis, { ...redis, name: 'other' }])).toEqual([]);
  });

  it('takes any file of the image, and none of another', () => {
    expect(findUnseen([pin], [{ ...redis, file: 'images/redis/8.0.yaml' }])).toEqual([]);
    expect(findUnseen([pin], [{ ...redis, file: 'images/redis-stack/image.yaml' }])).toEqual([
      'images/redis/image.yaml: redis/redis 8.0.2 is not seen by Renovate',
    ]);
  });

  it('names what was found in its place', () => {
    expect(findUnseen([{ ...pin, digest: 'sha256:a' }], [{ ...redis, digest: 'sha256:b' }])).toEqual([
      'images/redis/image.yaml: redis/redis 8.0.2 sha256:a is not seen by Renovate, which found 8.0.2 sha256:b',
    ]);
  });

  it('says why something is skipped, unless that is meant', () => {
    expect(findUnseen([pin], [{ ...redis, skipReason: 'contains-variable' }])).toEqual([
      'images/redis/image.yaml: redis/redis 8.0.2 is seen by Renovate, and skipped: contains-variable',
    ]);
    expect(findUnseen([pin], [{ ...redis, skipReason: 'disabled' }])).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { cacheAccess } from './access.ts';

const cache = { DOCKYARD_CACHE: 'registry.example.com/g/p/cache' };
const job = { ...cache, CI: 'true', CI_PROJECT_ID: '7', CI_COMMIT_REF_PROTECTED: 'false' };

/** `read, read > write` */
function shown(env: Record<string, string>): string {
  const access = cacheAccess(env);
  const text = (one: { repository: { name: string }; name: string }) => `${one.repository.name}:${one.name}`;
  return `${access?.read.map(text).join(', ') ?? 'none'} > ${access?.write === undefined ? 'none' : text(access.write)}`;
}

describe('access to the cache', () => {
  it.each([
    ['none without a cache', {}, 'none > none'],
    ['a developer reads', cache, 'g/p/cache/protected:protected > none'],
    [
      'a protected ref',
      { ...job, CI_COMMIT_REF_PROTECTED: 'true' },
      'g/p/cache/protected:protected > g/p/cache/protected:protected',
    ],
    [
      'a merge request',
      { ...job, CI_MERGE_REQUEST_IID: '12', CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '7' },
      'g/p/cache/unprotected:mr-12, g/p/cache/protected:protected > g/p/cache/unprotected:mr-12',
    ],
    [
      'a merge request of a protected branch',
      { ...job, CI_COMMIT_REF_PROTECTED: 'true', CI_MERGE_REQUEST_IID: '12' },
      'g/p/cache/unprotected:mr-12, g/p/cache/protected:protected > g/p/cache/unprotected:mr-12',
    ],
    [
      "a fork's merge request",
      { ...job, CI_MERGE_REQUEST_IID: '12', CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '8' },
      'g/p/cache/protected:protected > none',
    ],
    [
      'a branch',
      { ...job, CI_COMMIT_REF_SLUG: 'feature-a' },
      'g/p/cache/unprotected:branch-feature-a, g/p/cache/protected:protected > g/p/cache/unprotected:branch-feature-a',
    ],
    ['a job of something else', job, 'g/p/cache/protected:protected > none'],
  ])('%s', (_, env, expected) => {
    expect(shown(env)).toBe(expected);
  });

  it('names the variable that is wrong', () => {
    expect(() => shown({ ...job, CI_MERGE_REQUEST_IID: '1.protected' })).toThrow(/^CI_MERGE_REQUEST_IID is /);
    expect(() => cacheAccess({ DOCKYARD_CACHE: 'cache' })).toThrow(/^DOCKYARD_CACHE: "cache" names no repository/);
  });
});

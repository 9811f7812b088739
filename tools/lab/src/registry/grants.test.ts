import { describe, expect, it } from 'vitest';
import { grantedAccess, parseScope } from './grants.ts';

describe('parseScope', () => {
  it('reads several resources, and names with a port', () => {
    expect(parseScope('repository:a/b:pull,push repository:host:5000/c:pull nonsense')).toEqual([
      { type: 'repository', name: 'a/b', actions: ['pull', 'push'] },
      { type: 'repository', name: 'host:5000/c', actions: ['pull'] },
    ]);
  });
});

describe('grantedAccess', () => {
  const of = (scope: string, repository: string) => grantedAccess(parseScope(scope), { [repository]: ['pull'] });

  it('gives what is asked for and allowed, and no more', () => {
    expect(of('repository:a:pull,push', 'a')).toEqual([{ type: 'repository', name: 'a', actions: ['pull'] }]);
    expect(of('repository:a:push', 'a')).toEqual([]);
    expect(of('registry:catalog:*', '*')).toEqual([]);
  });

  it('adds up grants of one repository', () => {
    const asked = parseScope('repository:a:pull,push');
    expect(grantedAccess(asked, { a: ['pull'], '*': ['push'] })).toEqual(asked);
  });

  it.each([
    ['cache/*', 'cache/main', true],
    ['cache/*', 'cache/mr/12', true],
    ['*/redis', 'a/b/redis', true],
    ['*/redis', 'a/redis/cache', false],
    ['cache/mr-*', 'cache/protected', false],
    ['a.b', 'axb', false],
    ['cache', 'cache/x', false],
  ])('%s: %s %s', (pattern, name, expected) => {
    expect(of(`repository:${name}:pull`, pattern).length > 0).toBe(expected);
  });
});

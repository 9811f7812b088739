/** Actions by repository, such as `cache/protected`; a `*` in a name stands for any characters. */
export type Grants = Readonly<Record<string, readonly ('pull' | 'push' | 'delete')[]>>;

/** Access to one resource, as a scope asks for it and a token's `access` claim grants it (distribution's token scope and JWT specifications). */
export interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/**
 * Reads a scope, such as `repository:a/b:pull,push repository:c:pull`. Pure.
 *
 * @param scope the parameter's value; parts that are no scope are left out
 */
export function parseScope(scope: string): Access[] {
  return scope.split(' ').flatMap((part) => {
    const match = /^([^:]+):(.+):([^:]*)$/.exec(part);
    if (match === null) return [];
    const [, type = '', name = '', actions = ''] = match;
    return [{ type, name, actions: actions.split(',').filter((action) => action !== '') }];
  });
}

/**
 * Tells how much of what is asked for is granted. Pure.
 *
 * @param asked what a client wants
 * @param grants what it has a right to
 * @returns what both have; resources of which nothing is left are absent
 */
export function grantedAccess(asked: readonly Access[], grants: Grants): Access[] {
  return asked.flatMap(({ type, name, actions }) => {
    if (type !== 'repository') return [];
    const allowed = new Set<string>(
      Object.entries(grants).flatMap(([repository, those]) => (pattern(repository).test(name) ? those : [])),
    );
    const left = actions.filter((action) => allowed.has(action));
    return left.length === 0 ? [] : [{ type, name, actions: left }];
  });
}

function pattern(repository: string): RegExp {
  const parts = repository.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { defaultStore } from './store.ts';

describe('defaultStore', () => {
  it.each([
    [{ DOCKYARD_STORE: '/s', XDG_CACHE_HOME: '/c' }, '/s'],
    [{ DOCKYARD_STORE: '', XDG_CACHE_HOME: '/c' }, '/c/dockyard/sources'],
    [{}, `${homedir()}/.cache/dockyard/sources`],
  ])('of %j is %s', (env, path) => {
    expect(defaultStore(env)).toBe(path);
  });
});

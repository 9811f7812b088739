import { describe, expect, it } from 'vitest';
import { pickProjects } from './workspace.ts';

const known = new Map([
  ['redis', 'images/redis'],
  ['php-8.4', 'images/php/8.4'],
]);

describe('pickProjects', () => {
  it('takes names and folders, each project once', () => {
    expect(pickProjects(['redis', './images/redis/', 'images/php/8.4'], known)).toEqual(['redis', 'php-8.4']);
  });

  it('suggests the nearest name and lists them all', () => {
    expect(() => pickProjects(['rediss'], known)).toThrow(/Did you mean redis\?\nThere are: php-8\.4, redis/);
  });

  it('suggests nothing where nothing is near', () => {
    expect(() => pickProjects(['postgres'], known)).toThrow(/^There is no image project "postgres"\.\nThere are/);
  });
});

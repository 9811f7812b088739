import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { imageProjects, pickProjects, pickSingleProjects } from './workspace.ts';

const known = new Map([
  ['redis', 'images/redis'],
  ['php-8.4-cli', 'images/php/8.4-cli'],
  ['php-8.4-fpm', 'images/php/8.4-fpm'],
  ['php-8.10-cli', 'images/php/8.10-cli'],
  ['node-24', 'images/node/24'],
  ['node-24-slim', 'images/node/24-slim'],
]);

describe('pickProjects', () => {
  it('takes names and folders, each project once', () => {
    expect(pickProjects(['redis', './images/redis/', 'images/php/8.4-cli'], known)).toEqual(['redis', 'php-8.4-cli']);
  });

  it.each([
    ['php', ['php-8.4-cli', 'php-8.4-fpm', 'php-8.10-cli']],
    ['images/php', ['php-8.4-cli', 'php-8.4-fpm', 'php-8.10-cli']],
    ['php-8.4', ['php-8.4-cli', 'php-8.4-fpm']],
    ['node-24', ['node-24']],
  ])('takes %s for all that it stands for', (name, projects) => {
    expect(pickProjects([name], known)).toEqual(projects);
  });

  it('suggests the nearest name and lists them all', () => {
    expect(() => pickProjects(['rediss'], known)).toThrow(
      /Did you mean redis\?\nThere are: node-24, node-24-slim, php-8\.4-cli/,
    );
    expect(() => pickProjects(['nodee'], known)).toThrow(/Did you mean node\?/);
  });

  it.each(['postgres', 'images', './', ''])('suggests nothing where nothing is near: "%s"', (name) => {
    expect(() => pickProjects([name], known)).toThrow(/^There is no image project ".*"\.\nThere are/);
  });
});

describe('pickSingleProjects', () => {
  it('asks which one is meant, with the command for each and for all', () => {
    expect(() => pickSingleProjects(['redis', 'php-8.4'], known, 'npx dockyard image', '--all')).toThrow(
      expect.objectContaining({
        message:
          'php-8.4 is not one image but 2. Which one?\n  npx dockyard image php-8.4-cli\n  npx dockyard image php-8.4-fpm',
        hint: 'All of them: npx dockyard image php-8.4 --all',
      }) as UserError,
    );
  });

  it('takes what is one', () => {
    expect(pickSingleProjects(['redis', 'node-24'], known, 'npx dockyard layout')).toEqual(['redis', 'node-24']);
  });
});

it.each(['images/x$(id)/image.yaml', 'images/a/b/c/image.yaml'])('no project lies in %s, and that is said', (file) => {
  const workspace = mkdtempSync(join(tmpdir(), 'dockyard-projects-'));
  try {
    mkdirSync(join(workspace, dirname(file)), { recursive: true });
    writeFileSync(join(workspace, file), '');
    expect(() => imageProjects(workspace)).toThrow(UserError);
    expect(() => imageProjects(workspace)).toThrow(`${file}:1:1`);
  } finally {
    rmSync(workspace, { recursive: true });
  }
});

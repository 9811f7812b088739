import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Project } from '@dockyard/project';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readWorkspace } from './nodes.ts';
import { sharedFolders, sharedInputs } from './shared-folders.ts';

let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-shared-'));
  write('package-lock.json', '{}');
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true });
  writeFileSync(join(workspace, path), text);
}

const WHOLE = `image: php
description: A language
version: "8.4.1"
licenses: MIT
homepage: https://example.org
platforms: [linux/amd64]
tags: ["{version}"]
`;

function read(files: Record<string, string>): ReturnType<typeof readWorkspace> {
  for (const [path, text] of Object.entries({ ...files, 'images/php/Dockerfile': 'FROM scratch\n' })) write(path, text);
  return readWorkspace(
    workspace,
    Object.keys(files).filter((path) => path.endsWith('/image.yaml')),
  );
}

function projects(files: Record<string, string>): Project[] {
  const { projects, diagnostics } = read(files);
  expect(diagnostics).toEqual([]);
  return projects;
}

describe('files that definitions share', () => {
  it('belong to a project of their own, on which those who extend them depend', () => {
    const [line, other] = projects({
      'images/php/8.4.yaml': 'extends: php.yaml\n',
      'images/php/php.yaml': WHOLE,
      'images/php/8.4/image.yaml': 'extends: ../8.4.yaml\n',
      'images/php/9/image.yaml': WHOLE,
    });
    const folders = sharedFolders([line!, other!]);
    expect([...folders.values()]).toEqual([
      {
        name: 'php-shared',
        root: 'images/php',
        files: ['images/php/8.4.yaml', 'images/php/php.yaml'],
        isDefinition: false,
      },
    ]);
    expect(sharedInputs(line!, folders)).toEqual([{ input: 'definitions', projects: ['php-shared'] }]);
    expect(sharedInputs(other!, folders)).toEqual([]);
  });

  it('belong to the definition that lies beside them', () => {
    const [own, slim] = projects({
      'images/php/php.yaml': WHOLE,
      'images/php/image.yaml': 'extends: php.yaml\n',
      'images/php/slim/image.yaml': 'extends: ../php.yaml\nvariant: slim\n',
    });
    const folders = sharedFolders([own!, slim!]);
    expect([...folders.values()]).toMatchObject([{ name: 'php', isDefinition: true }]);
    expect(sharedInputs(own!, folders)).toEqual([]);
    expect(sharedInputs(slim!, folders)).toEqual([{ input: 'definitions', projects: ['php'] }]);
  });

  it('have each of their mistakes told once', () => {
    const { diagnostics } = read({
      'images/php/php.yaml': WHOLE.replace('homepage', 'hompage'),
      'images/php/8.4/image.yaml': 'extends: ../php.yaml\n',
      'images/php/8.5/image.yaml': 'extends: ../php.yaml\n',
    });
    expect(diagnostics.filter(({ field }) => field === 'hompage')).toMatchObject([
      { file: 'images/php/php.yaml', line: 5 },
    ]);
  });
});

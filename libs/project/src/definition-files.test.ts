import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DefinitionFiles, filesOfWorkspace, filesOnDisk } from './definition-files.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-files-'));
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

function write(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), path);
  }
}

const DEFINITIONS = ['images/a/image.yaml', 'images/a/1/image.yaml', 'images/a/2/image.yaml', 'images/b/image.yaml'];

describe.each<[string, () => DefinitionFiles]>([
  ['filesOnDisk', () => filesOnDisk(workspace)],
  ['filesOfWorkspace', () => filesOfWorkspace(workspace, DEFINITIONS)],
])('%s', (_, open) => {
  it('finds the definitions right below a folder, and none that lies deeper', () => {
    write(...DEFINITIONS, 'images/a/fixtures/x', 'images/b/packages/x');
    const files = open();
    expect(files.definitionsBelow('images/a').toSorted()).toEqual(['images/a/1', 'images/a/2']);
    expect(files.definitionsBelow('images/b')).toEqual([]);
  });

  it('reads files, and takes what is none for absent', () => {
    write('images/a/Dockerfile', 'images/a/folder/x');
    symlinkSync('loop', join(workspace, 'images/a/loop'));
    symlinkSync('Dockerfile', join(workspace, 'images/a/link'));
    const files = open();
    expect(files.read('images/a/Dockerfile')).toBe('images/a/Dockerfile');
    for (const name of ['missing', 'folder', 'loop', 'link', 'Dockerfile/x']) {
      expect(files.read(`images/a/${name}`)).toBeUndefined();
    }
    expect(files.linkTarget('images/a/link')).toBe('Dockerfile');
    for (const name of ['Dockerfile', 'folder', 'missing'])
      expect(files.linkTarget(`images/a/${name}`)).toBeUndefined();
  });
});

it('read a file of one workspace once, and one on disk each time', () => {
  const [kept, fresh] = [filesOfWorkspace(workspace, []), filesOnDisk(workspace)];
  for (const files of [kept, fresh]) expect(files.read('images/a/Dockerfile')).toBeUndefined();
  write('images/a/Dockerfile');
  expect(kept.read('images/a/Dockerfile')).toBeUndefined();
  expect(fresh.read('images/a/Dockerfile')).toBe('images/a/Dockerfile');
});

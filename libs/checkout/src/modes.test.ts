import { chmodSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git as runGit } from '@dockyard/exec';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { MODES_FOLDER, recordModes } from './modes.ts';

let workspace: string;
let folder: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-modes-'));
  folder = join(workspace, 'images/a');
  mkdirSync(folder, { recursive: true });
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

async function notes(): Promise<Record<string, string>> {
  await recordModes(exec, workspace);
  const root = join(workspace, MODES_FOLDER);
  return Object.fromEntries(
    globSync('**/*', { cwd: root, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(root.length + 1), readFileSync(file, 'utf8')]),
  );
}

it('notes executable files and links, and nothing of other files', async () => {
  writeFileSync(join(folder, 'plain'), '');
  writeFileSync(join(folder, 'run'), '', { mode: 0o755 });
  symlinkSync('/nowhere', join(folder, 'link'));
  expect(await notes()).toEqual({ 'images/a/link': 'link to /nowhere\n', 'images/a/run': 'executable\n' });
});

it('follows every change, of kind too', async () => {
  writeFileSync(join(folder, 'run'), '', { mode: 0o755 });
  mkdirSync(join(folder, 'folder'));
  symlinkSync('/one', join(folder, 'folder/link'));
  await notes();
  chmodSync(join(folder, 'run'), 0o644);
  rmSync(join(folder, 'folder'), { recursive: true });
  symlinkSync('/two', join(folder, 'folder'));
  expect(await notes()).toEqual({ 'images/a/folder': 'link to /two\n' });
  rmSync(join(folder, 'folder'));
  mkdirSync(join(folder, 'folder'));
  symlinkSync('/three', join(folder, 'folder/link'));
  expect(await notes()).toEqual({ 'images/a/folder/link': 'link to /three\n' });
});

it('notes what no build sees where Nx hashes the note, which is not below node_modules', async () => {
  const git = (...args: string[]) => runGit(exec, workspace, args);
  await git('init', '--quiet');
  writeFileSync(join(workspace, '.gitignore'), '*.log\n');
  mkdirSync(join(folder, 'node_modules/b'), { recursive: true });
  for (const path of ['x.log', 'node_modules/b/c', 'node_modules/d']) writeFileSync(join(folder, path), '');
  expect(Object.keys(await notes())).toEqual(['images/a/node_modules.left-out']);
  await git('add', '--force', '.');
  expect(await notes()).toEqual({
    'images/a/node_modules.left-out': 'left out: is a folder that Nx never hashes\n',
    'images/a/x.log': 'left out: is tracked by git, and named by .gitignore:1 (*.log)\n',
  });
  await git('rm', '--quiet', '-r', '--force', '.');
  expect(await notes()).toEqual({});
});

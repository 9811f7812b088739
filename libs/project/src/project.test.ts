import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatDiagnostics } from '@dockyard/diagnostic';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readProject } from './project.ts';

let workspace: string;
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-project-'));
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

it.each([
  ['images/x$(id)', 'images/x$(id)'],
  ['images/php/8.4;id', 'images/php/8.4;id'],
  ['images/a b/1', 'images/a b'],
  ['images/Redis', 'images/Redis'],
  ['images/-p', 'images/-p'],
])('says of a definition in %j which folder to rename', (root, misnamed) => {
  const file = `${root}/image.yaml`;
  mkdirSync(join(workspace, dirname(file)), { recursive: true });
  writeFileSync(join(workspace, file), 'image: x\n');
  const result = readProject(workspace, file);
  if (result.ok) throw new Error('it was taken');
  const text = formatDiagnostics(result.diagnostics);
  expect(text).toContain(`${file}:1:1`);
  expect(text).toContain(`in the folder ${JSON.stringify(misnamed)}`);
  expect(text).toContain('rename the folder');
});

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git } from '@dockyard/exec';
import { readProject } from '@dockyard/project';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lintDefinition } from './lint-definition.ts';

let workspace: string;
beforeEach(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-lint-'));
  const folder = join(workspace, 'images/boat');
  mkdirSync(folder, { recursive: true });
  const definition = `image: boat
description: A boat
version: "1.0"
licenses: MIT
homepage: https://example.org
platforms: [linux/amd64]
tags: ["{version}"]
`;
  writeFileSync(join(folder, 'image.yaml'), definition);
  writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY oar sail* /\nCOPY link /\nUSER 65532\n');
  writeFileSync(join(folder, 'boat.test.ts'), '');
  writeFileSync(join(folder, 'sail.log'), '');
  symlinkSync('sail', join(folder, 'link'));
  writeFileSync(join(workspace, '.gitignore'), '*.log\n');
  await git(exec, workspace, ['init', '--quiet']);
  await git(exec, workspace, ['add', '--force', '.']);
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

it('tells what a build would refuse of the files that a Dockerfile copies', async () => {
  const project = readProject(workspace, 'images/boat/image.yaml');
  if (!project.ok) throw new Error(JSON.stringify(project.diagnostics));
  const findings = await lintDefinition(workspace, project.value);
  const ofDockerfile = findings.filter(({ file }) => file === 'images/boat/Dockerfile');
  expect(ofDockerfile.map(({ severity, line, message }) => `${severity} ${line} ${message}`)).toEqual([
    'error 2 takes images/boat/sail.log along, which is tracked by git, and named by .gitignore:1 (*.log)',
    "error 2 oar isn't in images/boat",
    'error 3 images/boat/link is a symbolic link, and the engines copy what it leads to instead',
  ]);
});

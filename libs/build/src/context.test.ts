import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stageContext } from './context.ts';
import { exec, git } from '@dockyard/exec';
import { listFiles } from '@dockyard/checkout';
import { readProject } from '@dockyard/project';

const EPOCH = 1_700_000_000;
let workspace: string;
let output: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-context-'));
  output = join(workspace, 'out');
  mkdirSync(join(workspace, 'images/redis/rootfs/etc'), { recursive: true });
  mkdirSync(output);
  writeFileSync(
    join(workspace, 'images/redis/image.yaml'),
    `image: redis
description: A store
version: "8.0.2"
licenses: MIT
homepage: https://redis.io
platforms: [linux/amd64]
tags: ["{version}"]
`,
  );
  writeFileSync(join(workspace, 'images/redis/rootfs/etc/redis.conf'), 'dir /data\n', { mode: 0o664 });
  writeFileSync(join(workspace, 'images/redis/rootfs/run'), '#!/bin/sh\n');
  chmodSync(join(workspace, 'images/redis/rootfs/run'), 0o775);
  symlinkSync('run', join(workspace, 'images/redis/rootfs/start'));
  writeFileSync(join(workspace, 'images/redis/secret'), 'not copied\n');
  writeFileSync(join(workspace, 'images/redis/redis.test.ts'), '');
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

async function stage(dockerfile: string, definition = 'images/redis/image.yaml'): Promise<string[]> {
  writeFileSync(join(workspace, 'images/redis/Dockerfile'), dockerfile);
  const result = readProject(workspace, definition);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  const { value: project } = result;
  const files = await listFiles(exec, workspace, project.folders);
  return stageContext({ workspace, project, parsed: project.dockerfile, files, epoch: EPOCH, output });
}

describe('the context of a build', () => {
  it('holds what the Dockerfile copies and nothing else', async () => {
    writeFileSync(join(workspace, 'images/redis/rootfs/etc/.hidden'), '');
    expect(await stage('FROM scratch\nCOPY rootfs/ /\n')).toEqual([
      'rootfs/etc/.hidden',
      'rootfs/etc/redis.conf',
      'rootfs/run',
      'rootfs/start',
    ]);
  });

  it('takes what COPY matches with wildcards, whose braces mean nothing', async () => {
    writeFileSync(join(workspace, 'images/redis/rootfs/etc/{a,b}.conf'), '');
    expect(await stage('FROM scratch\nCOPY rootfs/etc/*.conf /\n')).toEqual([
      'rootfs/etc/redis.conf',
      'rootfs/etc/{a,b}.conf',
    ]);
    expect(await stage('FROM scratch\nCOPY rootfs/etc/{a,b}.conf /\n')).toEqual(['rootfs/etc/{a,b}.conf']);
  });

  it('lacks what .dockerignore names, even where a COPY names it', async () => {
    writeFileSync(join(workspace, 'images/redis/.dockerignore'), '# notes\n**/*.conf\nrootfs/start\n');
    expect(await stage('FROM scratch\nCOPY rootfs/ secret /\n')).toEqual(['rootfs/run', 'secret']);
  });

  it('lacks what .gitignore names, since Nx does not hash it', async () => {
    writeFileSync(join(workspace, '.gitignore'), '*.conf\n');
    await git(exec, workspace, ['init', '--quiet']);
    expect(await stage('FROM scratch\nCOPY rootfs/ /\n')).toEqual(['rootfs/run', 'rootfs/start']);
  });

  it('is refused where a path is not there, with the line that names it', async () => {
    await expect(stage('FROM scratch\nCOPY rootfs/ /\nCOPY rotfs/ nothing /\n')).rejects.toThrow(
      /^images\/redis\/Dockerfile:3 {2}rotfs isn't in images\/redis\n.*\nimages\/redis\/Dockerfile:3 {2}nothing isn't in/,
    );
  });

  it('is refused where it would hold what git tracks and Nx does not hash', async () => {
    writeFileSync(join(workspace, '.gitignore'), 'dist\n*.conf\n');
    await git(exec, workspace, ['init', '--quiet']);
    await git(exec, workspace, ['add', '--force', 'images/redis/rootfs/etc/redis.conf']);
    for (const taking of ['COPY rootfs/ /', 'COPY . /', 'COPY rootfs/etc/*.conf /'])
      await expect(stage(`FROM scratch\n${taking}\n`), taking).rejects.toThrow(
        'images/redis/Dockerfile:2  takes images/redis/rootfs/etc/redis.conf along, which is tracked by git, and named by ' +
          '.gitignore:2 (*.conf)\n    keep it out (git rm --cached images/redis/rootfs/etc/redis.conf)',
      );
    expect(await stage('FROM scratch\nCOPY secret /\n')).toEqual(['secret']);
    writeFileSync(join(workspace, '.gitignore'), '*.conf\n!/images/redis/rootfs/etc/redis.conf\n');
    expect(await stage('FROM scratch\nCOPY rootfs/etc /\n')).toEqual(['rootfs/etc/redis.conf']);
  });

  it('is refused where a submodule is among it', async () => {
    await git(exec, workspace, ['init', '--quiet']);
    const module = join(workspace, 'images/redis/rootfs/module');
    mkdirSync(module);
    await git(exec, module, ['init', '--quiet']);
    writeFileSync(join(module, 'file'), '');
    for (const taking of ['COPY rootfs/ /', 'COPY rootfs/module/file /'])
      await expect(stage(`FROM scratch\n${taking}\n`), taking).rejects.toThrow(
        /^images\/redis\/Dockerfile:2 .*images\/redis\/rootfs\/module.* is a repository of its own/,
      );
  });

  it('is refused where a path is a link or leads through one, which engines follow and a context of files does not', async () => {
    symlinkSync('rootfs', join(workspace, 'images/redis/linked'));
    const refusals = {
      'COPY rootfs/start /': 'images/redis/rootfs/start is a symbolic link',
      'COPY rootfs/st* /': 'images/redis/rootfs/start is a symbolic link',
      'COPY linked /': 'images/redis/linked is a symbolic link',
      'COPY linked/run /': 'linked/run leads through images/redis/linked',
      'RUN --mount=type=bind,source=linked true': 'images/redis/linked is a symbolic link',
    };
    for (const [taking, message] of Object.entries(refusals))
      await expect(stage(`FROM scratch\n${taking}\n`), taking).rejects.toThrow(`images/redis/Dockerfile:2  ${message}`);
    expect(await stage('FROM scratch\nCOPY . /\n')).toContain('linked');
  });

  it('is refused where it would hold rules for the engine', async () => {
    writeFileSync(join(workspace, 'images/redis/.dockerignore'), 'secret\n');
    await expect(stage('FROM scratch\nCOPY .dockerignore /\n')).rejects.toThrow('the engines obey .dockerignore');
  });

  it("is refused where a line's file takes the place of a folder that the lines share", async () => {
    const shared = join(workspace, 'images/redis');
    mkdirSync(join(shared, '8.0'));
    copyFileSync(join(shared, 'image.yaml'), join(shared, '8.0/image.yaml'));
    rmSync(join(shared, 'image.yaml'));
    writeFileSync(join(shared, '8.0/rootfs'), '');
    await expect(stage('FROM scratch\nCOPY rootfs /\n', 'images/redis/8.0/image.yaml')).rejects.toThrow(
      'takes images/redis/8.0/rootfs along, a file where images/redis/rootfs/etc/redis.conf needs a folder',
    );
  });

  it("holds a line's own file before the one that the lines share, and nothing of another line", async () => {
    const shared = join(workspace, 'images/redis');
    for (const line of ['8.0', '8.2']) {
      mkdirSync(join(shared, line));
      copyFileSync(join(shared, 'image.yaml'), join(shared, line, 'image.yaml'));
      writeFileSync(join(shared, line, 'secret'), line);
      writeFileSync(join(shared, line, `only-${line}`), line);
    }
    rmSync(join(shared, 'image.yaml'));
    const staged = await stage('FROM scratch\nCOPY . /\n', 'images/redis/8.0/image.yaml');
    expect(staged).toContain('rootfs/run');
    expect(staged).toContain('only-8.0');
    expect(staged.join()).not.toContain('8.2');
    expect(readFileSync(join(output, 'secret'), 'utf8')).toBe('8.0');
  });

  it('takes everything but what describes the build where all is copied', async () => {
    const staged = await stage('FROM scratch\nCOPY . /\n');
    expect(staged).toContain('secret');
    expect(staged).not.toContain('image.yaml');
    expect(staged).not.toContain('redis.test.ts');
  });

  it('has the modes that git keeps, the times of the epoch, and links as links', async () => {
    await stage('FROM scratch\nCOPY rootfs/ /\n');
    const stats = (path: string): { mode: number; time: number } => {
      const { mode, mtimeMs } = lstatSync(join(output, path));
      return { mode: mode & 0o777, time: mtimeMs / 1000 };
    };
    expect(stats('rootfs/etc/redis.conf')).toEqual({ mode: 0o644, time: EPOCH });
    expect(stats('rootfs/run')).toEqual({ mode: 0o755, time: EPOCH });
    expect(stats('rootfs')).toEqual({ mode: 0o755, time: EPOCH });
    expect(stats('rootfs/start').time).toBe(EPOCH);
    expect(readlinkSync(join(output, 'rootfs/start'))).toBe('run');
  });
});

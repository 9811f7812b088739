import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stageContext } from './context.ts';
import { readProject } from './project.ts';

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

async function stage(dockerfile: string): Promise<string[]> {
  writeFileSync(join(workspace, 'images/redis/Dockerfile'), dockerfile);
  const result = readProject(workspace, 'images/redis/image.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  const { value: project } = result;
  return stageContext({ workspace, project, parsed: project.dockerfile, epoch: EPOCH, output });
}

describe('the context of a build', () => {
  it('holds what the Dockerfile copies and nothing else', async () => {
    expect(await stage('FROM scratch\nCOPY rootfs/ /\n')).toEqual([
      'rootfs',
      'rootfs/etc',
      'rootfs/etc/redis.conf',
      'rootfs/run',
      'rootfs/start',
    ]);
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

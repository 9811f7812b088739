import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec } from '@dockyard/exec';
import type { ImageRecord } from '@dockyard/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTasks } from './run-tasks.ts';
import { ARCHS, fillStore, SMALL_IMAGES } from './small-images.ts';
import { copyWorkspace, type WorkspaceCopy } from './workspace-copy.ts';

const [ARCH = ''] = ARCHS;
const IMAGE = `image:${ARCH}`;

let copy: WorkspaceCopy;
let env: Record<string, string>;

beforeAll(async () => {
  copy = await copyWorkspace('podman', SMALL_IMAGES);
  env = { DOCKYARD_STORE: join(copy.root, '.dockyard', 'store'), DOCKYARD_PLATFORMS: `linux/${ARCH}` };
  fillStore(env['DOCKYARD_STORE']!);
  expect(await executed('run-many', '-t', 'image')).toContain('child:image');
});
afterAll(() => copy.remove());

const executed = async (...args: string[]): Promise<string[]> => (await runTasks(copy, args, env)).executed;

function record(project: string, kind = 'image', root = copy.root): ImageRecord {
  return JSON.parse(readFileSync(join(root, 'dist/images', project, ARCH, `${kind}.json`), 'utf8')) as ImageRecord;
}

/** What a build from nothing makes of the workspace as it is. */
async function rebuilt(project: string): Promise<string> {
  await executed('run', `${project}:${IMAGE}`, '--skip-nx-cache');
  return record(project).digest;
}

describe('what comes from the cache is never stale', () => {
  it('with --exclude-task-dependencies, where the outputs that lie there count', async () => {
    const before = record('app').digest;
    copy.write('images/base/files/etc/release', 'another base\n');
    expect(await executed('run', `base:${IMAGE}`)).toEqual([`base:${IMAGE}`]);
    expect(await executed('run', `app:${IMAGE}`, '--exclude-task-dependencies')).toEqual([`app:${IMAGE}`]);
    expect(await executed('run', `app:${IMAGE}`, '--exclude-task-dependencies')).toEqual([]);
    const after = record('app').digest;
    expect(after).not.toBe(before);
    expect(await rebuilt('app')).toBe(after);
  });

  it('after switching branches back and forth', async () => {
    await copy.run('git', 'checkout', '--quiet', '--force', 'main');
    await executed('run', `child:${IMAGE}`);
    const onMain = record('child').digest;
    await copy.run('git', 'checkout', '--quiet', '-b', 'topic');
    copy.write('images/app/rootfs/entrypoint', '#!/bin/sh\nexec topic\n');
    await copy.commit();
    expect(await executed('run', `child:${IMAGE}`)).toEqual([`app:${IMAGE}`, `child:${IMAGE}`]);
    const onTopic = record('child').digest;
    for (const [branch, digest] of [
      ['main', onMain],
      ['topic', onTopic],
      ['main', onMain],
    ] as const) {
      await copy.run('git', 'checkout', '--quiet', branch);
      expect(await executed('run', `child:${IMAGE}`), branch).toEqual([]);
      expect(record('child').digest, branch).toBe(digest);
    }
  });

  it('after runs that were killed, wherever they were', async () => {
    for (const [attempt, milliseconds] of [1000, 2000, 3000, 4500].entries()) {
      copy.write('images/base/files/etc/release', `killed ${String(attempt)}\n`);
      const child = spawn(join(copy.root, 'node_modules/.bin/nx'), ['run', `child:${IMAGE}`], {
        cwd: copy.root,
        env: {
          ...process.env,
          ...env,
          NX_DAEMON: 'false',
          DOCKYARD_ENGINE: 'podman',
          NX_WORKSPACE_ROOT_PATH: undefined,
        },
        stdio: 'ignore',
        detached: true,
      });
      const ended = new Promise((resolve) => child.on('exit', resolve));
      await sleep(milliseconds);
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      await ended;
      await executed('run', `child:${IMAGE}`);
      const digest = record('child').digest;
      const artifacts = record('app', 'artifacts').digest;
      expect(await rebuilt('child')).toBe(digest);
      expect(record('app', 'artifacts').digest).toBe(artifacts);
    }
  });

  it('with two checkouts at once', async () => {
    await copy.run('git', 'checkout', '--quiet', '--force', 'main');
    const other = await copyWorkspace('podman', SMALL_IMAGES);
    try {
      copy.write('images/base/files/etc/release', 'of both\n');
      other.write('images/base/files/etc/release', 'of both\n');
      other.write('images/child/child.txt', 'of the other\n');
      const [, there] = await Promise.all([
        executed('run', `child:${IMAGE}`),
        runTasks(other, ['run', `child:${IMAGE}`], env),
      ]);
      expect(there.executed).toContain(`child:${IMAGE}`);
      expect(record('app', 'image', other.root).digest).toBe(record('app').digest);
      expect(record('child', 'image', other.root).digest).not.toBe(record('child').digest);
      expect(await rebuilt('child')).toBe(record('child').digest);
    } finally {
      await other.remove();
    }
  });
});

describe('a build sees nothing that is not hashed', () => {
  it('of the environment', async () => {
    await executed('run-many', '-t', 'image');
    const more = { HTTP_PROXY: 'http://hidden.example', VERSION: '9', DOCKYARD_UNKNOWN: '1', SOURCE_DATE_EPOCH: '1' };
    const run = await runTasks(copy, ['run-many', '-t', 'image'], { ...env, ...more });
    expect(run.executed).toEqual([]);
  });

  it.each(['app', 'other', 'base'])('of files: every one in the layers of %s is an input', async (project) => {
    await copy.run('git', 'checkout', '--quiet', '--force', 'main');
    await copy.run('git', 'clean', '--quiet', '--force', '-d');
    copy.write(`images/${project}/rootfs/debug.log`, 'named by .gitignore\n');
    copy.write(`images/${project}/.hidden`, 'not copied by all\n');
    await executed('run', `${project}:${IMAGE}`, '--skip-nx-cache');
    const shown = await copy.nx(['show', 'target', 'inputs', `${project}:${IMAGE}`, '--json'], env);
    const { files } = JSON.parse(shown.stdout) as { files: string[] };
    const inputs = files.filter((file) => file.startsWith(`images/${project}/`)).map((file) => file.split('/').at(-1));
    const held = await heldFiles(project);
    expect(held.length).toBeGreaterThan(0);
    for (const file of held) expect(inputs, `${project} holds ${file}`).toContain(file.split('/').at(-1));
    expect(held.join()).not.toContain('debug.log');
  });
});

/** The files in the layers that an image adds to its parents', but for its artifacts. */
async function heldFiles(project: string): Promise<string[]> {
  const layout = join(copy.root, 'dist/images', project, ARCH, 'image');
  const listed = await exec({
    command: 'sh',
    args: ['-c', `for blob in blobs/sha256/*; do tar --list --gzip --file "$blob" 2>/dev/null; done; true`],
    cwd: layout,
  });
  return listed.stdout
    .split('\n')
    .filter((name) => name !== '' && !name.endsWith('/') && !/(app|flags)\.txt$/.test(name));
}

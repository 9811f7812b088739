import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thisMachine } from '@dockyard/runner';
import { copyWorkspace, imageYaml, type WorkspaceCopy } from './workspace-copy.ts';

interface TaskGraph {
  tasks: { dependencies: Record<string, { id: string }[]> };
}

/** Until the daemon has seen that a file changed. */
const WAIT = { timeout: 60_000 };
const { platform } = thisMachine();
const other =
  platform === 'linux/amd64' ? { platform: 'linux/arm64', arch: 'arm64' } : { platform: 'linux/amd64', arch: 'amd64' };

let copy: WorkspaceCopy;

beforeAll(async () => {
  copy = await copyWorkspace('podman');
});
afterAll(() => copy.remove());

async function tasksOf(target: string, env: Record<string, string>): Promise<Record<string, string[]>> {
  const result = await copy.nx(['run', target, '--graph=graph.json'], env);
  expect(result.exitCode, result.stdout).toBe(0);
  const { tasks } = JSON.parse(readFileSync(join(copy.root, 'graph.json'), 'utf8')) as TaskGraph;
  return Object.fromEntries(
    Object.entries(tasks.dependencies).map(([task, dependencies]) => [task, dependencies.map(({ id }) => id).sort()]),
  );
}

describe('the task graph', () => {
  it('is one chain a platform', async () => {
    const tasks = await tasksOf('redis:image', { DOCKYARD_PLATFORMS: 'linux/amd64,linux/arm64' });
    expect(tasks).toEqual({
      'redis:image': ['redis:image:amd64', 'redis:image:arm64'],
      ...Object.fromEntries(
        ['amd64', 'arm64'].flatMap((arch) => [
          [`redis:image:${arch}`, [`debian:image:${arch}`, `redis:compile:${arch}`]],
          [`redis:compile:${arch}`, [`toolchain:image:${arch}`]],
          [`toolchain:image:${arch}`, [`debian:image:${arch}`]],
          [`debian:image:${arch}`, []],
        ]),
      ),
    });
  });

  it.each(['false', 'true'])('follows the selected platforms with NX_DAEMON=%s', async (daemon) => {
    for (const arch of ['amd64', 'arm64']) {
      const tasks = await tasksOf('hello:image', { DOCKYARD_PLATFORMS: `linux/${arch}`, NX_DAEMON: daemon });
      expect(tasks['hello:image']).toEqual([`hello:image:${arch}`]);
    }
  });

  it('follows the source of the plugin, which the daemon has loaded before', async () => {
    const described = async () => {
      const { stdout } = await copy.nx(['show', 'project', 'hello', '--json'], { NX_DAEMON: 'true' });
      return /(?:Assemble|Make) the [^"]*|Broken/.exec(stdout)?.[0];
    };
    const path = 'tools/nx-images/src/targets.ts';
    const source = readFileSync(join(copy.root, path), 'utf8');
    expect(await described()).toContain('Assemble');
    copy.write(path, source.replace('Assemble the', 'Make the'));
    await expect.poll(described, WAIT).toContain('Make');
    copy.write(path, `throw new Error('Broken');\n${source}`);
    await expect.poll(described, WAIT).toBe('Broken');
    copy.write(path, source);
    await expect.poll(described, WAIT).toContain('Assemble');
  });

  it('refuses a platform that nothing here runs, with the ways out', async () => {
    const result = await copy.nx(['run', `hello:compile:${other.arch}`, '--exclude-task-dependencies']);
    expect(result.exitCode).not.toBe(0);
    expect(result.stdout).toContain('hello');
    expect(result.stdout).toContain(other.platform);
    expect(result.stdout).toContain('DOCKYARD_RUNNERS');
    expect(result.stdout).toContain('DOCKYARD_PLATFORMS');
    expect(result.stdout).toContain('DOCKYARD_EMULATE');
  });
});

describe('a target that an image has not got', () => {
  it.each([
    { task: 'hello:image:arm6', daemon: 'false', said: 'Did you mean image:arm64?' },
    { task: 'hello:image:arm6', daemon: 'true', said: 'Did you mean image:arm64?' },
    { task: 'hello:image:riscv64', daemon: 'false', said: 'hello:image, hello:image:amd64, hello:image:arm64' },
    { task: 'hello:publish:amd64', daemon: 'false', said: 'There is: hello:publish' },
    // Those Nx itself refuses.
    { task: 'hello:compile:arm6', daemon: 'false', said: 'Did you mean "compile:arm64"?' },
    { task: 'hello:test:arm6', daemon: 'false', said: 'Did you mean "test:arm64"?' },
  ])('is refused before anything is built: $task with NX_DAEMON=$daemon', async ({ task, daemon, said }) => {
    const result = await copy.nx(['run', task], { NX_DAEMON: daemon });
    expect(result.exitCode, result.stdout).not.toBe(0);
    expect(result.stdout).toContain(said);
    expect(result.stdout).not.toContain('nx run debian');
    expect(result.stdout).not.toMatch(/^\s+at .*\.ts:\d+/m);
  });
});

describe('mistakes in definitions', () => {
  it('are reported all at once, with file, line and fix, before anything is built', async () => {
    copy.write('images/lost/image.yaml', imageYaml('lost'));
    copy.write('images/lost/Dockerfile', '# a comment\nFROM dockyard/nowhere:1\n');
    copy.write('images/ring/image.yaml', imageYaml('ring'));
    copy.write('images/ring/Dockerfile', 'FROM dockyard/chain:1.0\n');
    copy.write('images/chain/image.yaml', imageYaml('chain'));
    copy.write('images/chain/Dockerfile', 'FROM dockyard/ring:1.0\n');
    copy.write('images/typo/image.yaml', imageYaml('typo', 'platfroms: []\n'));
    copy.write('images/typo/Dockerfile', 'FROM scratch\n');
    const result = await copy.nx(['run', 'hello:image']);
    expect(result.exitCode).not.toBe(0);
    expect(result.stdout).toMatch(/images\/lost\/Dockerfile:2:\d+/);
    expect(result.stdout).toMatch(/images\/typo\/image\.yaml:8:1/);
    expect(result.stdout).toMatch(/ring.*chain|chain.*ring/);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git as runGit } from '@dockyard/exec';
import { type Affected, taskGraph } from '@dockyard/pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeBase, chooseImages } from './touched-images.ts';

const PROJECTS = ['debian', 'toolchain', 'cc', 'redis', 'php-8.4'].map((project) => ({
  project,
  folders: project === 'php-8.4' ? ['images/php/8.4', 'images/php'] : [`images/${project}`],
}));
/** A change of files, each of which reaches the images that are named. */
const change = (files: Readonly<Record<string, readonly string[]>>): Affected => {
  const explained = Object.entries(files).flatMap(([file, projects]) =>
    projects.map(
      (project) =>
        [`${project}:image:amd64`, [{ kind: 'input-file', file }]] as [string, { kind: string; file: string }[]],
    ),
  );
  return {
    graph: taskGraph(explained.map(([id]) => [id, id.split(':')[0] ?? '', 'image:amd64', []] as const)),
    explanation: { affected: Object.fromEntries(explained), upstream: {} },
  };
};
const ALL = PROJECTS.map(({ project }) => project);

describe('the images that a change touches', () => {
  it.each([
    [{}, [], []],
    [{ 'images/redis/Dockerfile': ['redis'] }, ['redis'], []],
    [
      { 'images/php/php.yaml': ['php-8.4'], 'libs/oci/src/a.ts': ['redis', 'debian'] },
      ['php-8.4', 'debian'],
      ['redis'],
    ],
    [{ 'images/debian/dpkg.cfg': ALL }, ['debian', 'toolchain'], ['cc', 'redis', 'php-8.4']],
  ])('of %j', (files, built, left) => {
    expect(chooseImages(change(files), PROJECTS, 2)).toEqual({ built, left });
  });
});

describe('the commit that a change is compared with', () => {
  let dir: string;
  let commits: string[];
  const git = async (...args: string[]): Promise<string> =>
    (await runGit(exec, dir, args, { settings: { 'user.name': 'a', 'user.email': 'a@b.c' } })).stdout;
  const commit = async (): Promise<string> => {
    await git('commit', '--quiet', '--allow-empty', '--message', 'x');
    return git('rev-parse', 'HEAD');
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'touched-'));
    await writeFile(join(dir, 'nx.json'), '{ "defaultBase": "trunk" }');
    await git('init', '--quiet', '--initial-branch=trunk');
    commits = [await commit(), await commit()];
    await git('checkout', '--quiet', '-b', 'change');
    commits.push(await commit());
  });
  afterAll(() => rm(dir, { recursive: true }));

  it('is the one that is given, where it is one', async () => {
    expect(await changeBase(exec, dir, { NX_BASE: 'HEAD~2', CI_MERGE_REQUEST_DIFF_BASE_SHA: 'HEAD' })).toBe(commits[0]);
    expect(await changeBase(exec, dir, { NX_BASE: '', CI_MERGE_REQUEST_DIFF_BASE_SHA: 'HEAD' })).toBe(commits[2]);
    for (const none of ['0'.repeat(40), '4b825dc642cb6eb9a060e54bf8d69288fbee4904', 'gone'])
      expect(await changeBase(exec, dir, { NX_BASE: none })).toBeUndefined();
  });

  it('is where the default branch was left', async () => {
    expect(await changeBase(exec, dir, {})).toBe(commits[1]);
    await git('update-ref', 'refs/remotes/origin/trunk', commits[2] ?? '');
    expect(await changeBase(exec, dir, {})).toBe(commits[2]);
    await git('update-ref', 'refs/remotes/origin/main', commits[0] ?? '');
    await git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
    expect(await changeBase(exec, dir, {})).toBe(commits[0]);
  });
});

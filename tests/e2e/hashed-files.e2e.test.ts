import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listFiles } from '@dockyard/checkout';
import { exec } from '@dockyard/exec';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostileSettings } from '../../libs/exec/src/testing/hostile-settings.ts';
import { runTasks } from './run-tasks.ts';
import { ARCHS, definition, fillStore } from './small-images.ts';
import { copyWorkspace, type WorkspaceCopy } from './workspace-copy.ts';

const [ARCH = ''] = ARCHS;
const TASK = `odd:image:${ARCH}`;

let copy: WorkspaceCopy;
let env: Record<string, string>;

beforeAll(async () => {
  copy = await copyWorkspace('podman', {
    'images/odd/image.yaml': definition('odd'),
    'images/odd/Dockerfile': 'FROM scratch\nCOPY . /\nUSER 65532\n',
    'images/odd/plain': 'plain\n',
  });
  env = { DOCKYARD_STORE: join(copy.root, '.dockyard', 'store'), DOCKYARD_PLATFORMS: `linux/${ARCH}` };
  fillStore(env['DOCKYARD_STORE']!);
});
afterAll(() => copy.remove());

/** What Nx itself hashes of the definition for a task. */
async function hashed(): Promise<string[]> {
  const shown = await copy.nx(['show', 'target', 'inputs', TASK, '--json'], env);
  const { files } = JSON.parse(shown.stdout) as { files: string[] };
  return files.filter((file) => file.startsWith('images/odd/')).sort();
}

/** What a build would see of it, without what describes the build. */
async function seen(): Promise<{ files: string[]; leftOut: string[] }> {
  const { files, leftOut } = await listFiles(exec, copy.root, ['images/odd']);
  return {
    files: files.filter(({ kind }) => kind !== 'link').map(({ path }) => path),
    leftOut: leftOut.map(({ path }) => path),
  };
}

describe('the files that Nx hashes', () => {
  const odd = [
    ...[
      '.hidden',
      'sp ace',
      'ü',
      'quote"s\'',
      '$dollar',
      '#hash',
      '!bang',
      '{a,b}',
      '(c|d)',
      '[e]',
      'back\\slash',
      'st*r?',
    ],
    ...['.github/x', 'sub/.keep', 'named/kept.log', 'deep/a/b/c/d'],
  ];

  it('are those that builds see, whatever they are called and whatever rules name them', async () => {
    for (const path of odd) copy.write(`images/odd/${path}`, `${path}\n`);
    for (const path of ['x.log', 'forced.log', 'nx-named', 'excluded', 'personal', 'node_modules/m', 'sub/own'])
      copy.write(`images/odd/${path}`, `${path}\n`);
    copy.write('images/odd/named/.gitignore', '!kept.log\n');
    copy.write('images/odd/sub/.gitignore', 'own\n');
    copy.write('images/odd/sub/.nxignore', 'theirs\n');
    copy.write('images/odd/sub/theirs', '');
    copy.write('.nxignore', 'nx-named\n');
    copy.write('.ignore', 'plain\n');
    copy.write('.git/info/exclude', 'excluded\n');
    // As a person's own rules are found, by git and by Nx.
    const home = join(copy.root, '.dockyard', 'home');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'rules'), 'personal\n');
    writeFileSync(join(home, '.gitconfig'), `[core]\n\texcludesFile = ${join(home, 'rules')}\n`);
    await copy.run('git', 'add', '--force', 'images/odd/forced.log', 'images/odd/node_modules/m');
    env['HOME'] = home;
    const before = process.env['HOME'];
    process.env['HOME'] = home;
    try {
      const { files, leftOut } = await seen();
      expect(files).toEqual(expect.arrayContaining(odd.map((path) => `images/odd/${path}`)));
      expect(files).toContain('images/odd/plain');
      expect(await hashed()).toEqual(files.filter((path) => !/\/image\.yaml$/.test(path)));
      expect(leftOut).toEqual([
        'images/odd/forced.log',
        'images/odd/node_modules',
        'images/odd/nx-named',
        'images/odd/sub/theirs',
      ]);
    } finally {
      process.env['HOME'] = before;
      delete env['HOME'];
    }
  });
});

describe('a file that git tracks and Nx does not hash', () => {
  it('is refused, where a result from the cache would lack it', async () => {
    await copy.run('git', 'reset', '--quiet', '--hard');
    await copy.run('git', 'clean', '--quiet', '--force', '--force', '-d');
    expect((await runTasks(copy, ['run', TASK], env)).executed).toEqual([TASK]);
    copy.write('images/odd/forced.log', 'one\n');
    expect((await runTasks(copy, ['run', TASK], env)).executed).toEqual([]);
    await copy.run('git', 'add', '--force', 'images/odd/forced.log');
    const refused = await copy.nx(['run', TASK], env);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout).toContain(
      'images/odd/Dockerfile:2  takes images/odd/forced.log along, which is tracked by git',
    );
    expect(refused.stdout).toContain('git rm --cached images/odd/forced.log');
    expect(refused.stdout).not.toMatch(/^\s+at .*\.ts:\d+/m);
    writeFileSync(
      join(copy.root, '.gitignore'),
      `${readFileSync(join(copy.root, '.gitignore'), 'utf8')}!/images/odd/forced.log\n`,
    );
    expect((await runTasks(copy, ['run', TASK], env)).executed).toEqual([TASK]);
    copy.write('images/odd/sub/node_modules/m', 'one\n');
    await copy.run('git', 'add', '--force', 'images/odd/sub/node_modules/m');
    expect((await copy.nx(['run', TASK], env)).stdout).toContain(
      'takes images/odd/sub/node_modules along, which is a folder that Nx never hashes',
    );
    await copy.run('git', 'rm', '--quiet', '--force', 'images/odd/sub/node_modules/m');
    expect((await runTasks(copy, ['run', TASK], env)).executed).toEqual([]);
    expect(await hashed()).toContain('images/odd/forced.log');
  });
});

describe("a person's settings of git", () => {
  it('change nothing of what is built', async () => {
    const digest = async (): Promise<string> => {
      expect((await runTasks(copy, ['run', TASK, '--skip-nx-cache'], env)).executed).toEqual([TASK]);
      const record = readFileSync(join(copy.root, `dist/images/odd/${ARCH}/image.json`), 'utf8');
      return (JSON.parse(record) as { digest: string }).digest;
    };
    const plain = await digest();
    const theirs = join(copy.root, '.dockyard', 'settings');
    mkdirSync(theirs, { recursive: true });
    env['GIT_CONFIG_GLOBAL'] = hostileSettings(theirs).file;
    try {
      expect(await digest()).toBe(plain);
    } finally {
      delete env['GIT_CONFIG_GLOBAL'];
    }
  });
});

describe('a repository that git refuses', () => {
  it("ends the run in git's own words, and nothing is taken for an answer", async () => {
    const index = join(copy.root, '.git/index');
    const whole = readFileSync(index);
    writeFileSync(index, 'broken');
    try {
      const refused = await copy.nx(['run', TASK], env);
      expect(refused.exitCode).not.toBe(0);
      expect(refused.stdout).toMatch(/git ls-files fails in .*:\s+(error|fatal): .*index/);
      expect(refused.stdout).toContain('git reset');
      expect(refused.stdout).not.toMatch(/^\s+at .*\.ts:\d+/m);
    } finally {
      writeFileSync(index, whole);
    }
  });
});

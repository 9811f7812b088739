import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Exec, exec, git, UserError } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listFiles } from './workspace-files.ts';

let dir: string;
let workspace: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'dockyard-files-'));
  workspace = join(dir, 'workspace');
  mkdirSync(workspace);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

function write(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), `${path}\n`);
  }
}

const inWorkspace = (...args: string[]) => git(exec, workspace, args);

async function list(folder = 'images'): Promise<{ files: string[]; leftOut: Record<string, string> }> {
  const { files, leftOut } = await listFiles(exec, workspace, [folder]);
  return {
    files: files.map(({ path }) => path),
    leftOut: Object.fromEntries(leftOut.map(({ path, why }) => [path, why])),
  };
}

describe('the files of a workspace', () => {
  it('are those that git tracks or would track, with what it keeps of their modes', async () => {
    await inWorkspace('init', '--quiet');
    write('images/a/file', 'images/a/run', 'images/a/ü "q"', 'images/a/x.log', 'other/file');
    chmodSync(join(workspace, 'images/a/run'), 0o744);
    chmodSync(join(workspace, 'images/a/file'), 0o646);
    symlinkSync('nowhere', join(workspace, 'images/a/link'));
    writeFileSync(join(workspace, '.gitignore'), '*.log\n');
    expect(await listFiles(exec, workspace, ['images'])).toEqual({
      files: [
        { path: 'images/a/file', kind: 'file' },
        { path: 'images/a/link', kind: 'link' },
        { path: 'images/a/run', kind: 'executable' },
        { path: 'images/a/ü "q"', kind: 'file' },
      ],
      leftOut: [],
    });
  });

  it('lack what git tracks and Nx does not hash, which is told', async () => {
    await inWorkspace('init', '--quiet');
    write('images/a/x.log', 'images/a/kept.log', 'images/a/nx', 'images/a/node_modules/m', 'images/a/.nx/cache/c');
    write('images/a/sub/y', 'images/a/excluded', 'images/a/file');
    writeFileSync(join(workspace, '.gitignore'), '*.log\nsub\n');
    writeFileSync(join(workspace, 'images/a/.gitignore'), '!kept.log\n');
    writeFileSync(join(workspace, '.nxignore'), 'nx\n');
    mkdirSync(join(workspace, '.git/info'), { recursive: true });
    writeFileSync(join(workspace, '.git/info/exclude'), 'excluded\n');
    await inWorkspace('add', '--force', '.');
    expect(await list()).toEqual({
      files: ['images/a/.gitignore', 'images/a/file', 'images/a/kept.log'],
      leftOut: {
        'images/a/.nx/cache': 'is a folder that Nx never hashes',
        'images/a/excluded': 'is tracked by git, and named by .git/info/exclude:1 (excluded)',
        'images/a/node_modules': 'is a folder that Nx never hashes',
        'images/a/nx': 'is named by .nxignore',
        'images/a/sub/y': 'is tracked by git, and named by .gitignore:2 (sub)',
        'images/a/x.log': 'is tracked by git, and named by .gitignore:1 (*.log)',
      },
    });
  });

  it('lack what was deleted, of which nothing is told', async () => {
    await inWorkspace('init', '--quiet');
    write('images/a/file', 'images/a/x.log', 'images/a/sub/y', 'images/a/now', 'images/a/node_modules/m');
    writeFileSync(join(workspace, '.gitignore'), '*.log\n');
    await inWorkspace('add', '--force', '.');
    for (const path of ['x.log', 'sub', 'now', 'node_modules'])
      rmSync(join(workspace, 'images/a', path), { recursive: true });
    write('images/a/now/a folder');
    expect(await list()).toEqual({ files: ['images/a/file', 'images/a/now/a folder'], leftOut: {} });
  });

  it('lack those of other repositories, which are told', async () => {
    await inWorkspace('init', '--quiet');
    write('images/a/module/file', 'images/a/file');
    await git(exec, join(workspace, 'images/a/module'), ['init', '--quiet']);
    expect((await list()).files).toEqual(['images/a/file']);
    expect(Object.keys((await list()).leftOut)).toEqual(['images/a/module']);
    const commit = ['-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '--quiet', '--message=a'];
    await git(exec, join(workspace, 'images/a/module'), ['add', '.']);
    await git(exec, join(workspace, 'images/a/module'), commit);
    await inWorkspace('add', '.');
    expect(Object.keys((await list()).leftOut), 'a submodule').toEqual(['images/a/module']);
    rmSync(join(workspace, 'images/a/module'), { recursive: true });
    mkdirSync(join(workspace, 'images/a/module'));
    expect(Object.keys((await list()).leftOut), 'one that is not checked out').toEqual(['images/a/module']);
  });

  it('lack those whose name is no UTF-8, which are told', async () => {
    await inWorkspace('init', '--quiet');
    write('images/a/file');
    writeFileSync(Buffer.concat([Buffer.from(join(workspace, 'images/a/')), Buffer.from([0xe9])]), '');
    expect(await list()).toEqual({
      files: ['images/a/file'],
      leftOut: { 'images/a/\uFFFD': 'has a name that is not UTF-8, and Nx does not hash it' },
    });
  });

  it('have the modes that git recorded, where the file system keeps none', async () => {
    await inWorkspace('init', '--quiet');
    write('images/a/run', 'images/a/file', 'images/a/new', 'images/a/link');
    chmodSync(join(workspace, 'images/a/run'), 0o755);
    const { stdout: id } = await inWorkspace('hash-object', '-w', 'images/a/link');
    await inWorkspace('add', 'images/a/run', 'images/a/file');
    await inWorkspace('update-index', '--add', '--cacheinfo', `120000,${id},images/a/link`);
    await inWorkspace('config', 'core.fileMode', 'false');
    await inWorkspace('config', 'core.symlinks', 'false');
    for (const path of ['run', 'file', 'new']) chmodSync(join(workspace, 'images/a', path), 0o777);
    const { files, leftOut } = await listFiles(exec, workspace, ['images']);
    expect(files).toEqual([
      { path: 'images/a/file', kind: 'file' },
      { path: 'images/a/new', kind: 'file' },
      { path: 'images/a/run', kind: 'executable' },
    ]);
    expect(leftOut.map(({ path }) => path)).toEqual(['images/a/link']);
  });

  it('are found by the same rules where there is no repository', async () => {
    write('images/a/file', 'images/a/x.log', 'images/a/sub/y');
    writeFileSync(join(workspace, '.gitignore'), '*.log\n');
    writeFileSync(join(workspace, 'images/a/.gitignore'), 'sub\n');
    expect(await list()).toEqual({ files: ['images/a/.gitignore', 'images/a/file'], leftOut: {} });
  });

  it('are those of the folder, in part of a repository too', async () => {
    await git(exec, dir, ['init', '--quiet']);
    write('images/a/file', 'images/a[b]/file', 'images/ab/file', 'images/a/x.log');
    writeFileSync(join(dir, '.gitignore'), '*.log\n');
    expect((await list()).files).toEqual(['images/a/file', 'images/a[b]/file', 'images/ab/file']);
    expect((await list('images/a[b]')).files).toEqual(['images/a[b]/file']);
  });
});

describe('a repository that git refuses', () => {
  const refusal = async (): Promise<UserError> => {
    const error: unknown = await list().catch((reason: unknown) => reason);
    if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
    return error;
  };
  beforeEach(async () => {
    await inWorkspace('init', '--quiet');
    write('images/a/file', 'images/a/secret.log');
    writeFileSync(join(workspace, '.gitignore'), '*.log\n');
    await inWorkspace('add', '.');
  });

  it("is no folder without one: another owner's", async () => {
    // As git's own tests do it: another owner needs root.
    const foreign: Exec = (command, options) =>
      exec({ ...command, env: { ...command.env, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' } }, options);
    vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
    const error: unknown = await listFiles(foreign, workspace, ['images']).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('detected dubious ownership in repository');
    expect((error as UserError).hint).toBe(
      `If you trust whoever owns that folder: git config --global --add safe.directory ${workspace}`,
    );
  });

  it('is no folder without one: a broken index', async () => {
    writeFileSync(join(workspace, '.git/index'), 'broken');
    const error = await refusal();
    expect(error.message).toMatch(/^git ls-files fails in .*workspace:\n.*index/);
    expect(error.hint).toContain('git reset');
  });

  it('is no folder without one: a broken configuration, a worktree whose repository is gone', async () => {
    writeFileSync(join(workspace, '.git/config'), '[core');
    expect((await refusal()).message).toMatch(/bad config/);
    rmSync(join(workspace, '.git'), { recursive: true });
    writeFileSync(join(workspace, '.git'), 'gitdir: /nowhere/worktrees/a\n');
    expect((await refusal()).message).toMatch(/not a git repository: \/nowhere/);
  });

  it('is no folder without one: git is not there', async () => {
    vi.stubEnv('PATH', dir);
    const error = await refusal();
    expect(error.message).toMatch(/^git is not installed/);
    expect(error.hint).toContain('apt-get install git');
  });
});

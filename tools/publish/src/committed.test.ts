import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec, git } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCheckout, uncommitted } from './committed.ts';

describe('what of a checkout is committed', () => {
  let workspace: string;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'committed-'));
  });
  afterEach(() => rm(workspace, { recursive: true }));

  const run = (...args: string[]) =>
    git(exec, workspace, args, { settings: { 'user.name': 'me', 'user.email': 'me@example.com' } });
  const commit = async (): Promise<string> => {
    await run('init', '--quiet');
    await writeFile(join(workspace, '.gitignore'), 'dist/\n');
    await writeFile(join(workspace, 'image.yaml'), 'image: boat\n');
    await run('add', '--all');
    await run('commit', '--quiet', '-m', 'first');
    return (await run('rev-parse', 'HEAD')).stdout;
  };
  const changed = async () => (await readCheckout(exec, workspace)).changed;

  it('is all of it, beside what is ignored', async () => {
    const head = await commit();
    await mkdir(join(workspace, 'dist'));
    await writeFile(join(workspace, 'dist', 'x'), '');
    expect(await readCheckout(exec, workspace)).toEqual({ commit: head, changed: [] });
  });

  it('is not what changed, is staged, is new or is gone, whatever a person has set', async () => {
    await commit();
    await run('config', 'status.showUntrackedFiles', 'no');
    await run('config', 'status.relativePaths', 'false');
    await writeFile(join(workspace, 'image.yaml'), 'image: ship\n');
    expect(await changed()).toEqual(['image.yaml']);
    await run('add', 'image.yaml');
    expect(await changed()).toEqual(['image.yaml']);
    await run('checkout', '--quiet', 'HEAD', 'image.yaml');
    await mkdir(join(workspace, 'new folder'));
    await writeFile(join(workspace, 'new folder', 'ä\n"x'), '');
    expect(await changed()).toEqual(['new folder/']);
    await rm(join(workspace, 'new folder'), { recursive: true });
    await run('mv', 'image.yaml', 'other.yaml');
    expect(await changed()).toEqual(['image.yaml', 'other.yaml']);
  });

  it('is nothing without a commit, and unknown where git fails', async () => {
    await expect(readCheckout(exec, workspace)).rejects.toThrow(/not a git repository/);
    await run('init', '--quiet');
    await expect(readCheckout(exec, workspace)).rejects.toThrow(/this checkout has no commit/);
    await commit();
    await writeFile(join(workspace, '.git', 'index'), 'broken');
    await expect(readCheckout(exec, workspace)).rejects.toThrow(/index/);
  });

  it('is said with a few paths, each on one line', () => {
    const paths = ['a\nb', ...Array.from({ length: 6 }, (_, at) => String(at))];
    expect(uncommitted(paths).message).toBe(
      'Only what is committed is published, and this is not: "a\\nb", "0", "1", "2", "3" and 2 more.',
    );
  });
});

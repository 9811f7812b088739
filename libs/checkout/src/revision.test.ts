import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newestRevision, type Part, type ReadFile } from './revision.ts';

let workspace: string;

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'dockyard-revision-'));
});
afterEach(() => {
  rmSync(workspace, { recursive: true });
});

async function git(time: number, ...args: string[]): Promise<string> {
  const date = `${String(time)} +0000`;
  const who = {
    GIT_AUTHOR_NAME: 'a',
    GIT_AUTHOR_EMAIL: 'a@example.org',
    GIT_COMMITTER_NAME: 'a',
    GIT_COMMITTER_EMAIL: 'a@example.org',
  };
  const env = { ...who, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
  return (await exec({ command: 'git', args, cwd: workspace, env })).stdout.trim();
}

async function commit(file: string, time: number, text = String(time)): Promise<string> {
  writeFileSync(join(workspace, file), text);
  await git(time, 'add', '.');
  await git(time, 'commit', '--quiet', '--message', file);
  return git(time, 'rev-parse', 'HEAD');
}

describe('the newest revision of files', () => {
  it('is that of the files, whatever was committed after', async () => {
    await git(0, 'init', '--quiet');
    const mine = await commit('mine', 1_700_000_000);
    await commit('other', 1_700_000_500);
    expect(await newestRevision(exec, workspace, ['mine'])).toEqual({ epoch: 1_700_000_000, revision: mine });
  });

  it('is HEAD, marked, where a file is changed or new', async () => {
    await git(0, 'init', '--quiet');
    await commit('mine', 1_700_000_000);
    const head = await commit('other', 1_700_000_500);
    writeFileSync(join(workspace, 'mine'), 'changed');
    expect(await newestRevision(exec, workspace, ['mi*'])).toEqual({ epoch: 1_700_000_500, revision: `${head}-dirty` });
  });

  it('leaves out what is taken out', async () => {
    await git(0, 'init', '--quiet');
    const mine = await commit('mine', 1_700_000_000);
    await commit('mine.md', 1_700_000_500);
    writeFileSync(join(workspace, 'mine.md'), 'changed');
    expect(await newestRevision(exec, workspace, ['mine*', '!*.md'])).toEqual({ epoch: 1_700_000_000, revision: mine });
  });

  it('follows only the part of a file that counts', async () => {
    const partial: Part[] = [(read) => (read('conf') ?? '').replace(/#.*/g, '')];
    await git(0, 'init', '--quiet');
    await commit('conf', 1_700_000_000, 'a = 1\n');
    const change = await commit('conf', 1_700_000_100, 'a = 2# one\n');
    await commit('conf', 1_700_000_200, 'a = 2# two\n');
    expect(await newestRevision(exec, workspace, [], partial)).toEqual({ epoch: 1_700_000_100, revision: change });
    writeFileSync(join(workspace, 'conf'), 'a = 2# three\n');
    expect(await newestRevision(exec, workspace, [], partial)).toEqual({ epoch: 1_700_000_100, revision: change });
    writeFileSync(join(workspace, 'conf'), 'a = 3# three\n');
    expect((await newestRevision(exec, workspace, [], partial)).revision).toMatch(/-dirty$/);
    const whole = await commit('mine', 1_700_000_300);
    expect(await newestRevision(exec, workspace, ['mine'], [])).toEqual({ epoch: 1_700_000_300, revision: whole });
  });

  it('follows a part through the files that it is spread over, and those that it was spread over before', async () => {
    // Each file may name one that follows it.
    const follow = (read: ReadFile, path: string): string => {
      const text = read(path) ?? '';
      const [, next] = /^next (.*)$/m.exec(text) ?? [];
      return text.replace(/^next .*|#.*|\n/gm, '') + (next === undefined ? '' : follow(read, next));
    };
    const parts: Part[] = [(read) => follow(read, 'first')];
    await git(0, 'init', '--quiet');
    await commit('old', 1_700_000_000, 'b\n');
    await commit('first', 1_700_000_100, 'a\nnext old\n');
    const change = await commit('old', 1_700_000_200, 'c\n');
    await commit('old', 1_700_000_300, 'c\n# more\n');
    const expected = { epoch: 1_700_000_200, revision: change };
    expect(await newestRevision(exec, workspace, [], parts)).toEqual(expected);
    await commit('new', 1_700_000_400, 'c\n#\n');
    await commit('first', 1_700_000_500, 'a\nnext new\n');
    expect(await newestRevision(exec, workspace, [], parts), 'moved to another file').toEqual(expected);
    const newer = await commit('new', 1_700_000_600, 'd\n');
    expect(await newestRevision(exec, workspace, [], parts)).toEqual({ epoch: 1_700_000_600, revision: newer });
    writeFileSync(join(workspace, 'new'), 'e\n');
    expect((await newestRevision(exec, workspace, [], parts)).revision).toMatch(/-dirty$/);
  });

  it('is nothing outside a checkout', async () => {
    expect(await newestRevision(exec, workspace, ['mine'])).toEqual({ epoch: 0, revision: '' });
  });
});

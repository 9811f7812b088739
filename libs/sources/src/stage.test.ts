import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stageSources } from './stage.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'stage-test-'));
  await writeFile(join(dir, 'entry'), 'content');
  await chmod(join(dir, 'entry'), 0o600);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('stageSources', () => {
  it('copies files into a new folder, readable, as old as they are, and shares none with what was verified', async () => {
    const to = join(dir, 'a', 'context');
    await stageSources(new Map([['x.tar.gz', join(dir, 'entry')]]), to);
    const [one, other] = [await stat(join(dir, 'entry')), await stat(join(to, 'x.tar.gz'))];
    expect(other.ino).not.toBe(one.ino);
    expect(other.mode & 0o777).toBe(0o644);
    expect(other.mtime).toEqual(one.mtime);
    expect(one.mode & 0o777).toBe(0o600);
    await writeFile(join(to, 'x.tar.gz'), 'changed');
    expect(await readFile(join(dir, 'entry'), 'utf8')).toBe('content');
  });

  it('keeps a file whose name is that of another one with an ending', async () => {
    const entry = join(dir, 'entry');
    const to = join(dir, 'context');
    await stageSources(new Map(['x.part', 'x', 'x.tmp'].map((name) => [name, entry])), to);
    expect((await readdir(to)).sort()).toEqual(['x', 'x.part', 'x.tmp']);
  });

  it('replaces what was there', async () => {
    await writeFile(join(dir, 'x'), 'old');
    await stageSources(new Map([['x', join(dir, 'entry')]]), dir);
    expect(await readFile(join(dir, 'x'), 'utf8')).toBe('content');
  });

  it('copies to another file system', async () => {
    const shm = await mkdtemp('/dev/shm/stage-test-').catch(() => mkdtemp(join(dir, 'same-')));
    try {
      await stageSources(new Map([['x', join(dir, 'entry')]]), shm);
      expect(await readFile(join(shm, 'x'), 'utf8')).toBe('content');
    } finally {
      await rm(shm, { recursive: true, force: true });
    }
  });

  it.each(['../x', 'a/b', '..', ''])('refuses the name %j and puts nothing there', async (name) => {
    const to = join(dir, 'context');
    await mkdir(to);
    const files = new Map([
      ['good', join(dir, 'entry')],
      [name, join(dir, 'entry')],
    ]);
    await expect(stageSources(files, to)).rejects.toThrow(/plain file name/);
    await expect(stat(join(to, 'good'))).rejects.toThrow(/ENOENT/);
  });

  it('says what can not be put there', async () => {
    await expect(stageSources(new Map([['x', join(dir, 'absent')]]), dir)).rejects.toThrow(/x can't be put into/);
  });
});

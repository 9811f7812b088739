import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replaceDirectory, withTemporaryDirectory, writeFileAtomic } from './files.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'files-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('makes folders, replaces, and leaves nothing else', async () => {
    const path = join(dir, 'a/b');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, new TextEncoder().encode('two'));
    expect(await readFile(path, 'utf8')).toBe('two');
    expect(await readdir(join(dir, 'a'))).toEqual(['b']);
  });

  it('leaves nothing when it fails', async () => {
    await mkdir(join(dir, 'taken/x'), { recursive: true });
    await expect(writeFileAtomic(join(dir, 'taken'), 'x')).rejects.toThrow();
    expect(await readdir(dir)).toEqual(['taken']);
  });
});

describe('withTemporaryDirectory', () => {
  it('returns the result and removes the folder', async () => {
    const parent = join(dir, 'new');
    const names = await withTemporaryDirectory(parent, 'p-', async (temporary) => {
      await writeFile(join(temporary, 'x'), '');
      return readdir(parent);
    });
    expect(names).toEqual([expect.stringMatching(/^p-/)]);
    expect(await readdir(parent)).toEqual([]);
  });

  it('removes it after an error too', async () => {
    await expect(withTemporaryDirectory(dir, 'p-', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('replaceDirectory', () => {
  it('takes an absent, then an existing place', async () => {
    for (const content of ['one', 'two']) {
      await mkdir(join(dir, 'from'));
      await writeFile(join(dir, 'from', content), '');
      await replaceDirectory(join(dir, 'from'), join(dir, 'deep/to'));
      expect(await readdir(join(dir, 'deep/to'))).toEqual([content]);
    }
    expect(await readdir(join(dir, 'deep'))).toEqual(['to']);
    expect(await readdir(dir)).toEqual(['deep']);
  });

  it('puts the old one back when the new one is missing', async () => {
    await mkdir(join(dir, 'to/x'), { recursive: true });
    await expect(replaceDirectory(join(dir, 'absent'), join(dir, 'to'))).rejects.toThrow(/ENOENT/);
    expect(await readdir(dir)).toEqual(['to']);
    expect(await readdir(join(dir, 'to'))).toEqual(['x']);
  });
});

import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { exec } from '@dockyard/exec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containersDirectory, failure, finish, scratch, tarLayer } from './fixture.ts';
import { materialize } from './materialize.ts';
import { readImage } from './read.ts';

// Mounts a small file system, so it needs root; without that it fails.
const at = scratch();

beforeEach(async () => {
  await mkdir(at('small'));
  await exec({ command: 'mount', args: ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at('small')] });
});

afterEach(async () => {
  await exec({ command: 'umount', args: [at('small')] });
});

async function bigLayer(): Promise<Buffer> {
  return await tarLayer({ noise: randomBytes(600_000).toString('base64') });
}

describe('a disk that fills up', () => {
  it('leaves no output of finishImage, and says what to do', async () => {
    const raw = await containersDirectory(at('raw'), [await bigLayer()]);
    const error = await failure(finish({ raw, output: at('small/out') }));
    expect(error.message).toContain(`${at('small/out')}: no space is left on the disk`);
    expect(error.hint).toContain(at('small'));
    expect(await readdir(at('small'))).toEqual([]);
  });

  it('leaves no output of materialize, which copies to another file system', async () => {
    await finish({ raw: await containersDirectory(at('raw'), [await bigLayer()]), output: at('out') });
    const error = await failure(materialize({ layout: at('out'), parents: [], output: at('small/full') }));
    expect(error.message).toContain('no space is left on the disk');
    expect(await readdir(at('small'))).toEqual([]);
  });

  it('is none for what fits: materialize copies where it cannot link', async () => {
    const raw = await containersDirectory(at('raw'), [await tarLayer({ a: '1' })]);
    const record = await finish({ raw, output: at('out') });
    await materialize({ layout: at('out'), parents: [], output: at('small/full') });
    expect((await readImage(at('small/full'))).descriptor.digest).toBe(record.digest);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IndexRecord } from '@dockyard/build';
import { outputPaths, testPaths } from '@dockyard/project';
import { writeFileAtomic } from '@dockyard/exec';
import type { Digest } from '@dockyard/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireComplete, requireLocked, requireTested } from './tested.ts';

const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const record: IndexRecord = {
  schemaVersion: 1,
  project: 'boat',
  digest: digest('f'),
  tags: ['1'],
  platforms: [
    { platform: 'linux/amd64', digest: digest('a'), size: 1 },
    { platform: 'linux/arm64', digest: digest('b'), size: 1 },
  ],
  missing: [],
};

describe('what is published was tested', () => {
  let workspace: string;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'tested-'));
  });
  afterEach(() => rm(workspace, { recursive: true }));

  const passed = (platform: string, of: Digest) =>
    writeFileAtomic(
      join(workspace, testPaths('boat', platform).record),
      JSON.stringify({ schemaVersion: 1, digest: of, files: [] }),
    );

  it('on every platform', async () => {
    await passed('linux/amd64', digest('a'));
    await expect(requireTested(workspace, record)).rejects.toThrow(
      `The linux/arm64 image of boat is ${digest('b')}, and no test passed.`,
    );
    await passed('linux/arm64', digest('b'));
    await requireTested(workspace, record);
  });

  it('on the very digest', async () => {
    await passed('linux/amd64', digest('a'));
    await passed('linux/arm64', digest('c'));
    const error = await requireTested(workspace, record).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      message: `The linux/arm64 image of boat is ${digest('b')}, and the test of ${digest('c')} passed.`,
      hint: 'Run: npx nx run-many -t test:arm64 -p boat',
    });
  });

  it('and has all platforms of its definition', () => {
    expect(() => {
      requireComplete({ ...record, missing: ['linux/riscv64'] });
    }).toThrow('The index of boat lacks linux/riscv64, which its definition declares.');
    requireComplete(record);
  });
});

describe('what is published has the packages of its locks', () => {
  let workspace: string;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'locked-'));
  });
  afterEach(() => rm(workspace, { recursive: true }));
  const built = (platform: string, more: object) =>
    writeFileAtomic(join(workspace, outputPaths('boat', platform, 'image').record), JSON.stringify(more));

  it('on every platform', async () => {
    await built('linux/amd64', {});
    await built('linux/arm64', { unlocked: true });
    await expect(requireLocked(workspace, record)).rejects.toThrow(
      'The linux/arm64 image of boat, or what it is made from, was built with other Debian packages than its lock has.',
    );
    await built('linux/arm64', {});
    await requireLocked(workspace, record);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IndexRecord } from '@dockyard/build';
import { outputPaths, passedPath, testPaths } from '@dockyard/project';
import { type UserError, writeFileAtomic } from '@dockyard/exec';
import type { Digest, ImageRecord } from '@dockyard/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireComplete, requireLocked, requirePassed } from './tested.ts';

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

function recordOf(kind: ImageRecord['kind'], platform: string, of: Digest): ImageRecord {
  return {
    ...{ schemaVersion: 1, project: 'boat', kind, platform, digest: of, config: digest('b') },
    ...{ size: 1, layers: [], parents: [], epoch: 0, created: '1970-01-01T00:00:00Z' },
  };
}

describe('what is published has passed', () => {
  let workspace: string;
  beforeEach(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'tested-'));
    for (const platform of ['linux/amd64', 'linux/arm64']) {
      const built = platform === 'linux/amd64' ? digest('a') : digest('b');
      await passed('test', platform, built);
      await passed('lint', platform, built);
      await write(outputPaths('boat', platform, 'artifacts').record, recordOf('artifacts', platform, digest('e')));
      await passed('check', platform, digest('e'));
    }
  });
  afterEach(() => rm(workspace, { recursive: true }));

  const pathOf = (task: 'test' | 'lint' | 'check', platform: string): string =>
    task === 'test' ? testPaths('boat', platform).record : passedPath('boat', platform, task);
  const write = (path: string, content: object) => writeFileAtomic(join(workspace, path), JSON.stringify(content));
  const passed = (task: 'test' | 'lint' | 'check', platform: string, of: Digest) =>
    write(pathOf(task, platform), { schemaVersion: 1, digest: of, files: [] });
  const refusal = async (checks = true) => {
    try {
      await requirePassed(workspace, record, { checks });
      return undefined;
    } catch (error) {
      return error as UserError;
    }
  };

  it('every task on every platform', async () => {
    expect(await refusal()).toBeUndefined();
  });

  it.each([
    ['test', 'image', 'is', 'b'],
    ['lint', 'image', 'is', 'b'],
    ['check', 'artifacts', 'are', 'e'],
  ] as const)('%s, which left no record', async (task, what, be, letter) => {
    await rm(join(workspace, pathOf(task, 'linux/arm64')));
    expect(await refusal()).toMatchObject({
      message: `The linux/arm64 ${what} of boat ${be} ${digest(letter)}, and no ${task} passed.`,
      hint: `Run: npx nx run-many -t ${task}:arm64 -p boat`,
    });
  });

  it.each(['test', 'lint', 'check'] as const)('%s, on the very digest', async (task) => {
    await passed(task, 'linux/arm64', digest('c'));
    expect((await refusal())?.message).toContain(`and the ${task} of ${digest('c')} passed.`);
  });

  it.each(['', '{', 'null', '[]', '{"digest":1}', '{"digest":"latest"}'])(
    'and not by a record that is %j',
    async (text) => {
      await writeFileAtomic(join(workspace, pathOf('lint', 'linux/amd64')), text);
      expect((await refusal())?.message).toContain('and no lint passed.');
    },
  );

  it('with all that is missing at once', async () => {
    await rm(join(workspace, pathOf('lint', 'linux/amd64')));
    await rm(join(workspace, pathOf('test', 'linux/arm64')));
    const error = await refusal();
    expect(error?.message.split('\n')).toHaveLength(2);
    expect(error?.hint).toBe('Run: npx nx run-many -t lint:amd64 test:arm64 -p boat');
  });

  it('but no check where it has none', async () => {
    await rm(join(workspace, pathOf('check', 'linux/amd64')));
    expect(await refusal(false)).toBeUndefined();
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
  const built = (platform: string, more: Partial<ImageRecord>) => {
    const whole = { ...recordOf('image', platform, digest('a')), ...more };
    return writeFileAtomic(join(workspace, outputPaths('boat', platform, 'image').record), JSON.stringify(whole));
  };

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

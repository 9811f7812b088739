import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPassed, recordPassed } from './passed.ts';

let workspace: string;
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'passed-'));
});
afterEach(() => rm(workspace, { recursive: true }));

const DIGEST = `sha256:${'a'.repeat(64)}` as const;
const PATH = 'dist/lint.json';

it('a task that passes leaves on which digest it did, and one that does not, or throws, nothing of an earlier one', async () => {
  const failures = [() => Promise.resolve(undefined), () => Promise.reject(new Error('ended'))];
  for (const failing of failures) {
    expect(await recordPassed(workspace, PATH, () => Promise.resolve(DIGEST))).toBe(true);
    expect(await readPassed(workspace, PATH)).toBe(DIGEST);
    expect(await recordPassed(workspace, PATH, failing).catch(() => false)).toBe(false);
    expect(await readPassed(workspace, PATH)).toBeUndefined();
  }
});

import { mkdir } from 'node:fs/promises';
import { lock } from 'proper-lockfile';
import { UserError } from '@dockyard/exec';
import type { LabPaths } from './paths.ts';

/**
 * Runs a function while no other process starts or stops the same lab. The lock of a process that was killed goes stale by itself.
 *
 * @param paths the lab
 * @param fn what to do meanwhile
 * @throws {UserError} another process has held it for 15 minutes
 */
export async function withLabLock<T>(paths: Pick<LabPaths, 'dir'>, fn: () => Promise<T>): Promise<T> {
  await mkdir(paths.dir, { recursive: true });
  const release = await lock(paths.dir, {
    lockfilePath: `${paths.dir}/lock`,
    stale: 20_000,
    retries: { retries: 1800, factor: 1, minTimeout: 500, maxTimeout: 500 },
  }).catch((error: unknown) => {
    throw new UserError(`Another process keeps the lab ${paths.dir} busy`, {
      hint: 'Wait for it or end it; the lock frees itself 20 s after its owner is gone.',
      cause: error,
    });
  });
  try {
    return await fn();
  } finally {
    await release();
  }
}

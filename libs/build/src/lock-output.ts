import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/**
 * Lets one process at a time build an output of a checkout. A second `nx` in the same checkout waits its turn.
 *
 * @param workspace absolute path of the workspace root.
 * @param output the output's path relative to the root; it needn't exist.
 * @param onLine is told once when there is somebody to wait for.
 * @param fn runs while the lock is held.
 */
export async function withOutputLock<T>(
  workspace: string,
  output: string,
  onLine: (line: string) => void,
  fn: () => Promise<T>,
): Promise<T> {
  const folder = join(workspace, '.dockyard', 'locks');
  await mkdir(folder, { recursive: true });
  const file = join(folder, output.replaceAll('/', '_'));
  const options = { realpath: false, stale: 30_000 } as const;
  const release = await lock(file, options).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    onLine(`Another process builds ${output} in this checkout: waiting for it`);
    return lock(file, { ...options, retries: { forever: true, factor: 1, minTimeout: 500, maxTimeout: 500 } });
  });
  try {
    return await fn();
  } finally {
    await release();
  }
}

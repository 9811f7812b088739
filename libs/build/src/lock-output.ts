import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

const RETRY_MS = 500;

/**
 * Lets one process at a time do something in a checkout.
 *
 * @param workspace absolute path of the workspace root.
 * @param name of the lock.
 * @param o.onWait is called once when there is somebody to wait for.
 * @param o.signal ends waiting.
 * @param fn runs while the lock is held.
 * @throws the reason of `signal`.
 */
export async function withCheckoutLock<T>(
  workspace: string,
  name: string,
  o: { onWait: () => void; signal?: AbortSignal },
  fn: () => Promise<T>,
): Promise<T> {
  const folder = join(workspace, '.dockyard', 'locks');
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  const take = (): Promise<(() => Promise<void>) | undefined> =>
    lock(file, { realpath: false, stale: 30_000 }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
      return undefined;
    });
  let release = await take();
  if (release === undefined) o.onWait();
  while (release === undefined) {
    await sleep(RETRY_MS, undefined, { signal: o.signal }).catch(() => o.signal?.throwIfAborted());
    release = await take();
  }
  try {
    return await fn();
  } finally {
    await release();
  }
}

/**
 * Lets one process at a time build an output of a checkout. A second `nx` in the same checkout waits its turn.
 *
 * @param workspace absolute path of the workspace root.
 * @param output the output's path relative to the root; it needn't exist.
 * @param onLine is told once when there is somebody to wait for.
 * @param fn runs while the lock is held.
 */
export function withOutputLock<T>(
  workspace: string,
  output: string,
  onLine: (line: string) => void,
  fn: () => Promise<T>,
): Promise<T> {
  const onWait = (): void => {
    onLine(`Another process builds ${output} in this checkout: waiting for it`);
  };
  return withCheckoutLock(workspace, output.replaceAll('/', '_'), { onWait }, fn);
}

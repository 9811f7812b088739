import { mkdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lock } from 'proper-lockfile';

/** Milliseconds after which a lock that its owner doesn't renew is nobody's. It is renewed twice in that time. */
const STALE = 30_000;
const POLL = 500;

/**
 * Lets one process at a time do something in a checkout.
 *
 * @param workspace absolute path of the workspace root.
 * @param name of the lock.
 * @param o.onWait is called once when there is somebody to wait for.
 * @param o.signal ends waiting.
 * @param o.staleMs milliseconds after which a lock that isn't renewed is nobody's, 30,000 by default.
 * @param fn runs while the lock is held.
 * @throws the reason of `signal`.
 */
export async function withCheckoutLock<T>(
  workspace: string,
  name: string,
  o: { onWait: () => void; signal?: AbortSignal; staleMs?: number },
  fn: () => Promise<T>,
): Promise<T> {
  const folder = join(workspace, '.dockyard', 'locks');
  await mkdir(folder, { recursive: true });
  const release = await acquire(join(folder, name), o);
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
 * @param staleMs milliseconds after which a lock that isn't renewed is nobody's, 30,000 by default.
 */
export function withOutputLock<T>(
  workspace: string,
  output: string,
  onLine: (line: string) => void,
  fn: () => Promise<T>,
  staleMs = STALE,
): Promise<T> {
  const onWait = (): void => {
    onLine(`Another process builds ${output} in this checkout: waiting for it`);
  };
  return withCheckoutLock(workspace, output.replaceAll('/', '_'), { onWait, staleMs }, fn);
}

async function acquire(
  file: string,
  { onWait, signal, staleMs = STALE }: { onWait: () => void; signal?: AbortSignal; staleMs?: number },
): Promise<() => Promise<void>> {
  let seen: { renewed: number | undefined; since: number } | undefined;
  for (;;) {
    try {
      return await lock(file, { realpath: false, stale: STALE });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
    }
    if (seen === undefined) onWait();
    const renewed = await renewal(file);
    const now = performance.now();
    if (seen?.renewed !== renewed) seen = { renewed, since: now };
    // By what we saw, not by its time: one that lies in the future would be waited for until then.
    else if (seen !== undefined && now - seen.since > staleMs) {
      await rmdir(lockOf(file)).catch(() => undefined);
      seen = { renewed: undefined, since: now };
      continue;
    }
    await sleep(POLL, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

function lockOf(file: string): string {
  return `${file}.lock`;
}

/** When a lock was renewed last; undefined where there is none any more. */
async function renewal(file: string): Promise<number | undefined> {
  return (await stat(lockOf(file)).catch(() => undefined))?.mtimeMs;
}

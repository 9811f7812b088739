import { setTimeout as sleep } from 'node:timers/promises';
import pRetry from 'p-retry';
import { RegistryError } from './errors.ts';

/** How patient a client is. */
export interface Patience {
  /** Times that a thing is tried; default 5. */
  readonly attempts: number;
  /** Milliseconds before the second attempt, doubled for each further one; default 1,000. */
  readonly backOffMs: number;
  /** The longest Retry-After in milliseconds that is waited for; default 120,000. */
  readonly mostWaitMs: number;
}

export const PATIENCE: Patience = { attempts: 5, backOffMs: 1_000, mostWaitMs: 120_000 };

/**
 * Does a thing again while what went wrong may pass.
 *
 * @param attempt one try; it begins anew each time
 * @param o.report takes a line before each pause
 * @throws what the last attempt threw
 */
export function retrying<T>(
  attempt: () => Promise<T>,
  o: { patience: Patience; report: (line: string) => void; signal?: AbortSignal },
): Promise<T> {
  const { patience } = o;
  return pRetry(attempt, {
    retries: patience.attempts - 1,
    minTimeout: patience.backOffMs,
    shouldRetry: ({ error }) => error instanceof RegistryError && error.transient,
    onFailedAttempt: async ({ error, retryDelay, retriesLeft }) => {
      if (!(error instanceof RegistryError) || !error.transient || retriesLeft === 0) return;
      const asked = Math.min(error.retryAfterMs ?? 0, patience.mostWaitMs);
      const wait = Math.max(asked, retryDelay);
      o.report(`${error.message}; again in ${String(Math.ceil(wait / 1000))} s`);
      if (asked > retryDelay)
        await sleep(asked - retryDelay, undefined, o.signal === undefined ? {} : { signal: o.signal });
    },
    ...(o.signal !== undefined && { signal: o.signal }),
  });
}

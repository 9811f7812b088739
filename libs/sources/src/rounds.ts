import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@dockyard/exec';
import pRetry from 'p-retry';
import type { Report } from './events.ts';
import { shownUrl } from './http-client.ts';
import type { Location } from './locations.ts';
import { TransferError } from './transfer-error.ts';

/** How patient fetching is. */
export interface Limits {
  /** Milliseconds without a byte after which a transfer is given up for this round; default 30,000. */
  readonly stallMs: number;
  /** Times that every URL is tried; default 4. */
  readonly rounds: number;
  /** Milliseconds before the second round, doubled for each further one; default 1,000. */
  readonly backOffMs: number;
  /** The longest Retry-After in milliseconds that is waited for; default 60,000. */
  readonly mostWaitMs: number;
  /** Files that are fetched at a time; default 4. */
  readonly parallel: number;
}

export const LIMITS: Limits = { stallMs: 30_000, rounds: 4, backOffMs: 1_000, mostWaitMs: 60_000, parallel: 4 };

class RoundError extends Error {
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super('no URL of this round worked');
    this.retryAfterMs = retryAfterMs;
  }
}

/** Every place failed. */
export class NoUrlWorked extends UserError {
  /** Why, by place. */
  readonly reasons: ReadonlyMap<Location, string>;

  /** Every place but for fallbacks was reached, and none has the file. */
  readonly gone: boolean;

  constructor(message: string, hint: string, reasons: ReadonlyMap<Location, string>) {
    super(message, { hint });
    this.reasons = reasons;
    const decisive = [...reasons].filter(([{ fallback }]) => fallback !== true).map(([, reason]) => reason);
    this.gone = decisive.length > 0 && decisive.every((reason) => /^HTTP status (?:404|410)$/.test(reason));
  }

  /** The same error, with something more to say. */
  with(line: string): NoUrlWorked {
    return new NoUrlWorked(`${this.message}\n${line}`, this.hint ?? '', this.reasons);
  }
}

/**
 * Tries places in order, in rounds with growing pauses: what failed for good is not tried again, what may work later is.
 *
 * @param file name of the source, for messages
 * @param locations in order
 * @param options limits, cancelling, what to report to
 * @param attempt one try; a {@link TransferError} leads to the next place, any other error ends it all
 * @returns what the first successful attempt returned
 * @throws {NoUrlWorked} all failed: each URL with its reason
 */
export async function inRounds<T>(
  file: string,
  locations: readonly Location[],
  options: { limits: Limits; signal: AbortSignal; report: Report },
  attempt: (location: Location) => Promise<T>,
): Promise<T> {
  const { limits, signal, report } = options;
  const reasons = new Map<Location, string>();
  let left = [...locations];
  const round = async (): Promise<T> => {
    let retryAfterMs = 0;
    for (const location of left) {
      signal.throwIfAborted();
      try {
        return await attempt(location);
      } catch (error) {
        if (!(error instanceof TransferError)) throw error;
        reasons.set(location, error.message);
        report({ type: 'failed', file, url: shownUrl(location.name), reason: error.message });
        if (error.permanent || location.fallback === true) left = left.filter((one) => one !== location);
        else retryAfterMs = Math.max(retryAfterMs, error.retryAfterMs ?? 0);
      }
    }
    throw new RoundError(retryAfterMs);
  };
  try {
    return await pRetry(round, {
      retries: limits.rounds - 1,
      minTimeout: limits.backOffMs,
      signal,
      shouldRetry: ({ error }) => error instanceof RoundError && left.length > 0,
      onFailedAttempt: async ({ error, retryDelay, retriesLeft }) => {
        if (!(error instanceof RoundError) || left.length === 0 || retriesLeft === 0) return;
        const asked = Math.min(error.retryAfterMs, limits.mostWaitMs);
        report({ type: 'pause', file, ms: Math.max(asked, retryDelay) });
        if (asked > retryDelay) await sleep(asked - retryDelay, undefined, { signal });
      },
    });
  } catch (error) {
    if (!(error instanceof RoundError)) throw error;
    const tried = locations.map((one) => `  ${shownUrl(one.name)}\n    ${reasons.get(one) ?? 'not tried'}`);
    throw new NoUrlWorked(
      `${file} can't be downloaded from any of its ${locations.length} URLs:\n${tried.join('\n')}`,
      left.length > 0
        ? 'Check the network and try again: what was already fetched is kept.'
        : 'None of these URLs will ever work: correct them in image.yaml, or set DOCKYARD_DEBIAN_MIRROR for debian: URLs.',
      reasons,
    );
  }
}

import { isTransientStatus, networkReason, retryAfterMs } from './network.ts';

/** Why one URL did not give its file this time. */
export class TransferError extends Error {
  /** Asking again is of no use. */
  readonly permanent: boolean;
  /** Milliseconds that the server asks us to wait. */
  readonly retryAfterMs?: number;

  /** @param message the reason, to be read after the URL */
  constructor(message: string, options: { permanent?: boolean; retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'TransferError';
    this.permanent = options.permanent ?? false;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** Puts what Node's network layer reports into our words, and tells what is worth another try. */
export function networkError(error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const { reason, permanent } = networkReason(error);
  return new TransferError(reason, { permanent, cause: error });
}

/**
 * Judges an HTTP status that is not a success (RFC 9110).
 *
 * @param status the code
 * @param retryAfter the Retry-After field: seconds or a date
 */
export function statusError(status: number, retryAfter: string | undefined): TransferError {
  const transient = isTransientStatus(status);
  const delay = retryAfterMs(retryAfter);
  return new TransferError(`HTTP status ${status}`, {
    permanent: !transient,
    ...(transient && delay !== undefined ? { retryAfterMs: delay } : {}),
  });
}

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

const NEVER = new Set([
  'EPROTO',
  'ERR_INVALID_URL',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

const SAID: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the host could not be looked up',
  ECONNREFUSED: 'the host refuses the connection',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
};

/** Puts what Node's network layer reports into our words, and tells what is worth another try. */
export function networkError(error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const first = error instanceof AggregateError ? (error.errors as unknown[])[0] : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code ?? '';
  const message = first instanceof Error ? first.message : String(first);
  const reason = SAID[code] === undefined ? message : `${SAID[code]} (${code})`;
  return new TransferError(reason, { permanent: NEVER.has(code), cause: error });
}

/**
 * Judges an HTTP status that is not a success (RFC 9110).
 *
 * @param status the code
 * @param retryAfter the Retry-After field: seconds or a date
 */
export function statusError(status: number, retryAfter: string | undefined): TransferError {
  const transient = status >= 500 || status === 408 || status === 425 || status === 429;
  const delay = retryAfter === undefined ? undefined : retryAfterMs(retryAfter);
  return new TransferError(`HTTP status ${status}`, {
    permanent: !transient,
    ...(transient && delay !== undefined ? { retryAfterMs: delay } : {}),
  });
}

function retryAfterMs(value: string): number | undefined {
  const delay = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(delay) && delay > 0 ? delay : undefined;
}

const NEVER = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)|^EPROTO$|^ERR_INVALID_URL$/;

const SAID: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host is not known',
  EAI_AGAIN: 'the host could not be looked up',
  ECONNREFUSED: 'the host refuses the connection',
  ECONNRESET: 'the connection was cut',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
  // undici's own.
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'the host does not answer',
  UND_ERR_BODY_TIMEOUT: 'the host stopped sending',
};

/**
 * Puts what Node's network layer reports into words for a person.
 *
 * @returns the reason, and whether asking again is of no use
 */
export function networkReason(error: unknown): { reason: string; permanent: boolean } {
  const first = error instanceof AggregateError ? (error.errors as unknown[])[0] : error;
  const code = (first as NodeJS.ErrnoException | undefined)?.code ?? '';
  const message = first instanceof Error ? first.message : String(first);
  return { reason: SAID[code] === undefined ? message : `${SAID[code]} (${code})`, permanent: NEVER.test(code) };
}

/** Whether an HTTP status may be another one later (RFC 9110, RFC 6585). */
export function isTransientStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/**
 * Reads a Retry-After field (RFC 9110, 10.2.3): seconds or a date.
 *
 * @returns milliseconds from now; undefined where it names none
 */
export function retryAfterMs(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const delay = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(delay) && delay > 0 ? delay : undefined;
}

/** Whether the host name of a URL is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
}

import { UserError } from '@dockyard/exec';
import { isTransientStatus, networkReason, retryAfterMs } from '@dockyard/sources';
import { z } from 'zod';

/** Why a registry did not do what it was asked. */
export class RegistryError extends UserError {
  /** HTTP status; absent where no answer came. */
  readonly status?: number;
  /** The same request may work later. */
  readonly transient: boolean;
  /** Milliseconds that the registry asks us to wait. */
  readonly retryAfterMs?: number;

  /** @param message what was asked of which registry, and what came back; what it can't show in one line of a log is taken out */
  constructor(
    message: string,
    o: { status?: number; transient: boolean; retryAfterMs?: number; hint?: string; cause?: unknown },
  ) {
    super(printable(message, MOST_MESSAGE), o);
    this.name = 'RegistryError';
    this.transient = o.transient;
    if (o.status !== undefined) this.status = o.status;
    if (o.retryAfterMs !== undefined) this.retryAfterMs = o.retryAfterMs;
  }
}

/**
 * Judges an answer that is no success (OCI distribution spec 1.1, "Error codes"; RFC 9110).
 *
 * @param what what was asked, such as `PUT manifest 8.0 of registry.example.com/redis`
 * @param status HTTP status
 * @param headers of the answer, names in lower case
 * @param body its text, or the start of it
 */
export function answerError(
  what: string,
  status: number,
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): RegistryError {
  const transient = isTransientStatus(status);
  const field = headers['retry-after'];
  const wait = retryAfterMs(typeof field === 'string' ? field : undefined);
  const said = saying(body);
  const hint = HINTS[status];
  return new RegistryError(`${what}: HTTP status ${String(status)}${said === '' ? '' : ` (${said})`}`, {
    status,
    transient,
    ...(transient && wait !== undefined && { retryAfterMs: wait }),
    ...(hint !== undefined && { hint }),
  });
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'Log in with podman login or docker login; in a job of GitLab, look at what DOCKER_AUTH_CONFIG holds.',
  403: 'These credentials lack the right. In GitLab, look at the rules of protected container repositories.',
  429: 'The registry limits requests: try again later.',
  507: 'The registry has no space left.',
};

const MOST_MESSAGE = 2_000;
const MOST_SAID = 300;

const said = z.object({
  errors: z.array(z.object({ code: z.string().nullish(), message: z.string().nullish() })),
});

function saying(body: string): string {
  try {
    const { data } = said.safeParse(JSON.parse(body));
    const all = (data?.errors ?? []).map(({ code, message }) => [code, message].filter(Boolean).join(': '));
    return printable(all.join('; '), MOST_SAID);
  } catch {
    return '';
  }
}

/**
 * Makes text from outside fit for a log: one line, without what steers terminals or turns the direction of writing, and not endless.
 *
 * @param text any
 * @param most characters that are kept
 */
export function printable(text: string, most: number): string {
  const start = text.length > most ? `${text.slice(0, most)}…` : text;
  return start.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]+/gu, ' ').trim();
}

/** Puts what the network layer reports into our words. */
export function networkError(what: string, error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  const { reason, permanent } = networkReason(error);
  return new RegistryError(`${what}: ${reason}`, { transient: !permanent, cause: error });
}

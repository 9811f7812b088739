import { parseChallenges } from './challenge.ts';
import { credentialStore, type CredentialStore } from './credentials.ts';
import { answerError } from './errors.ts';
import { type Answer, discard, fieldsOf, Http, type HttpRequest, readStart } from './http.ts';
import { apiUrl, type RepositoryName } from './reference.ts';
import { authorize } from './token.ts';

const MOST_SHOWN = 1 << 16;

export interface Request extends Omit<HttpRequest, 'authorization' | 'confidential'> {
  /** What credentials are for. */
  readonly repository: RepositoryName;
  /** What a token must allow: `repository:redis:pull,push`. */
  readonly scopes: readonly string[];
  /** Statuses that are no errors; default those from 200 to 299. */
  readonly accept?: readonly number[];
}

/**
 * HTTP with a registry's ways of asking who one is (distribution's token authentication, or basic). Credentials go to the registry's own origin
 * and to the token server that this origin names; only its own challenges count, not those of wherever it sends us.
 */
export class Session {
  readonly #credentials: CredentialStore;
  readonly #http: Http;
  readonly #authorizations = new Map<string, string>();
  /** Milliseconds by which a registry's clock is ahead of ours, by its origin. */
  readonly #ahead = new Map<string, number>();

  /** @param o.silenceMs milliseconds that a registry may be silent */
  constructor(o: { credentials?: CredentialStore; silenceMs: number }) {
    this.#credentials = o.credentials ?? credentialStore();
    this.#http = new Http(o.silenceMs);
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  /**
   * The time by a registry's own clock, which all who use it share; until it has answered, by that of this machine.
   *
   * @param registry `host[:port]`
   * @returns milliseconds since 1970
   */
  now(registry: string): number {
    return Date.now() + (this.#ahead.get(apiUrl(registry).origin) ?? 0);
  }

  /**
   * Sends a request, after logging in where the registry asks for it.
   *
   * @throws {RegistryError} no answer came, or one that `accept` doesn't list
   * @throws the reason of `signal`
   */
  async send(o: Request): Promise<Answer> {
    const { origin } = apiUrl(o.repository.registry);
    const key = `${origin} ${o.scopes.join(' ')}`;
    const used = this.#authorizations.get(key);
    const answer = await this.#ask(o, origin, used);
    if (answer.status !== 401 || !isOf(answer, origin)) return accepted(o, answer);
    this.#authorizations.delete(key);
    const authorization = await authorize(this.#http, parseChallenges(fieldsOf(answer, 'www-authenticate')), {
      from: answer.url,
      scopes: o.scopes,
      credentials: await this.#credentials(o.repository),
      ...(o.signal !== undefined && { signal: o.signal }),
    }).catch((error: unknown) => {
      discard(answer);
      throw error;
    });
    if (authorization === undefined || authorization === used) return accepted(o, answer);
    discard(answer);
    this.#authorizations.set(key, authorization);
    return accepted(o, await this.#ask(o, origin, authorization));
  }

  async #ask(o: Request, origin: string, authorization: string | undefined): Promise<Answer> {
    // An upload may go on at another host, which has its own secret in the URL.
    const answer = await this.#http.send({ ...o, ...(o.url.origin === origin && { authorization }) });
    const { date } = answer.headers;
    const time = typeof date === 'string' ? Date.parse(date) : NaN;
    if (!Number.isNaN(time) && isOf(answer, origin)) this.#ahead.set(origin, time - Date.now());
    return answer;
  }
}

function isOf({ url, own }: Answer, origin: string): boolean {
  return own && url.origin === origin;
}

async function accepted(o: Pick<Request, 'accept' | 'what'>, answer: Answer): Promise<Answer> {
  const { status, headers } = answer;
  if (o.accept?.includes(status) ?? (status >= 200 && status < 300)) return answer;
  throw answerError(o.what, status, headers, await readStart(answer, MOST_SHOWN));
}

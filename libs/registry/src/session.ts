import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, EnvHttpProxyAgent, interceptors, request } from 'undici';
import { isLoopback } from '@dockyard/sources';
import { z } from 'zod';
import { type Challenge, parseChallenge } from './challenge.ts';
import { credentialStore, type CredentialStore } from './credentials.ts';
import { answerError, networkError, RegistryError } from './errors.ts';

const MOST_TEXT = 16 << 20;
const MOST_REDIRECTS = 5;

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: URL;
  /** `host[:port]` that credentials are for. */
  readonly registry: string;
  /** What a token must allow: `repository:redis:pull,push`. */
  readonly scopes: readonly string[];
  /** What is asked, for messages. */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable;
  /** Statuses that are no errors; default those from 200 to 299. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** To be read to its end, or given up with {@link discard}. */
  readonly body: Dispatcher.ResponseData['body'];
}

const tokenAnswer = z.union([z.object({ token: z.string() }), z.object({ access_token: z.string() })]);

/**
 * HTTP with a registry's ways of asking who one is (distribution's token authentication, or basic). It sends credentials nowhere but to the
 * registry itself, and to the token server that it names when that is reached safely. undici is Node's own client: it streams both ways,
 * decodes nothing, follows redirects without carrying credentials to another host, and takes the proxies of the environment.
 */
export class Session {
  readonly #credentials: CredentialStore;
  readonly #authorizations = new Map<string, string>();
  /** Milliseconds by which a registry's clock is ahead of ours. */
  readonly #ahead = new Map<string, number>();
  readonly #direct: Dispatcher;
  readonly #proxied: Dispatcher;
  readonly #agents: readonly { close(): Promise<void>; destroy(): Promise<void> }[];

  /** @param o.silenceMs milliseconds that a registry may be silent */
  constructor(o: { credentials?: CredentialStore; silenceMs: number }) {
    this.#credentials = o.credentials ?? credentialStore();
    const ms = o.silenceMs;
    const options = { headersTimeout: ms, bodyTimeout: ms, connect: { timeout: ms } };
    const direct = new Agent(options);
    const proxied = new EnvHttpProxyAgent(options);
    const redirect = interceptors.redirect({ maxRedirections: MOST_REDIRECTS });
    this.#direct = direct.compose(redirect);
    this.#proxied = proxied.compose(redirect);
    this.#agents = [direct, proxied];
  }

  async close(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.destroy()));
  }

  /**
   * The time by a registry's own clock, which all who use it share; until it has answered, by that of this machine.
   *
   * @param registry `host[:port]`
   * @returns milliseconds since 1970
   */
  now(registry: string): number {
    return Date.now() + (this.#ahead.get(registry) ?? 0);
  }

  /**
   * Sends a request, after logging in where the registry asks for it.
   *
   * @throws {RegistryError} no answer came, or one that `accept` doesn't list
   * @throws the reason of `signal`
   */
  async send(o: Request): Promise<Answer> {
    const key = `${o.registry} ${o.scopes.join(' ')}`;
    const used = this.#authorizations.get(key);
    const answer = await this.#request(o, used);
    if (answer.status !== 401 || o.accept?.includes(401) === true) return accepted(o, answer);
    this.#authorizations.delete(key);
    const header = answer.headers['www-authenticate'];
    const challenge = typeof header === 'string' ? parseChallenge(header) : undefined;
    const authorization =
      challenge === undefined ? undefined : await this.#authorize(o.registry, o.scopes, challenge, o.signal);
    if (authorization === undefined) return accepted(o, answer);
    discard(answer);
    this.#authorizations.set(key, authorization);
    // A stream is spent: its sender begins anew, and then has the token.
    if (o.body !== undefined && !(o.body instanceof Uint8Array))
      throw new RegistryError(`${o.what}: the token is no longer good`, { status: 401, transient: true });
    return accepted(o, await this.#request(o, authorization));
  }

  async #request(o: Request, authorization: string | undefined): Promise<Answer> {
    o.signal?.throwIfAborted();
    try {
      const { statusCode, headers, body } = await request(o.url, {
        method: o.method,
        dispatcher: isLoopback(o.url.hostname) ? this.#direct : this.#proxied,
        headers: {
          'user-agent': 'dockyard',
          ...o.headers,
          // An upload may go on at another host, which has its own secret in the URL.
          ...(authorization !== undefined && isOfRegistry(o.url, o.registry) && { authorization }),
        },
        body: o.body ?? null,
        signal: o.signal ?? null,
      });
      const date = typeof headers['date'] === 'string' ? Date.parse(headers['date']) : NaN;
      if (!Number.isNaN(date) && isOfRegistry(o.url, o.registry)) this.#ahead.set(o.registry, date - Date.now());
      return { status: statusCode, headers, body };
    } catch (error) {
      o.signal?.throwIfAborted();
      throw networkError(o.what, error);
    }
  }

  async #authorize(
    registry: string,
    scopes: readonly string[],
    challenge: Challenge,
    signal: AbortSignal | undefined,
  ): Promise<string | undefined> {
    const credentials = await this.#credentials(registry);
    const basic =
      credentials === undefined
        ? undefined
        : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
    if (challenge.scheme === 'basic') return basic;
    const url = new URL(challenge.realm);
    const what = `asking ${url.origin} for a token for ${registry}`;
    if (url.protocol !== 'https:' && !isLoopback(url.hostname))
      throw new RegistryError(`${what}: it is reached by plain http:, which credentials aren't sent by`, {
        transient: false,
      });
    const refresh = credentials?.username === '<token>' ? credentials.password : undefined;
    const parameters = new URLSearchParams();
    if (challenge.service !== undefined) parameters.set('service', challenge.service);
    if (refresh === undefined) for (const scope of scopes) parameters.append('scope', scope);
    else {
      parameters.set('scope', scopes.join(' '));
      parameters.set('grant_type', 'refresh_token');
      parameters.set('client_id', 'dockyard');
      parameters.set('refresh_token', refresh);
    }
    if (refresh === undefined) url.search = new URLSearchParams([...url.searchParams, ...parameters]).toString();
    const plain = { registry: '', scopes: [], what, url, ...(signal !== undefined && { signal }) };
    const answer = await this.#request(
      refresh === undefined
        ? { ...plain, method: 'GET', headers: basic === undefined ? {} : { authorization: basic } }
        : {
            ...plain,
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: Buffer.from(parameters.toString()),
          },
      undefined,
    );
    const parsed = tokenAnswer.safeParse(json(await readText((await accepted(plain, answer)).body)));
    if (!parsed.success) throw new RegistryError(`${what}: the answer holds none`, { transient: false });
    return `Bearer ${'token' in parsed.data ? parsed.data.token : parsed.data.access_token}`;
  }
}

function isOfRegistry(url: URL, registry: string): boolean {
  return url.host === registry || (registry.endsWith('docker.io') && url.host.endsWith('.docker.io'));
}

async function accepted(o: Pick<Request, 'accept' | 'what'>, answer: Answer): Promise<Answer> {
  const { status, headers, body } = answer;
  if (o.accept?.includes(status) ?? (status >= 200 && status < 300)) return answer;
  throw answerError(o.what, status, headers, await readText(body).catch(() => ''));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Gives an answer's body up. */
export function discard(answer: Answer): void {
  answer.body.on('error', () => undefined);
  answer.body.destroy();
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  return (await readBytes(body, MOST_TEXT)).toString('utf8');
}

/**
 * Reads a small body.
 *
 * @param most bytes
 * @throws {RangeError} it is larger
 */
export async function readBytes(body: AsyncIterable<Uint8Array>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > most) throw new RangeError(`more than ${String(most)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

import type { Readable } from 'node:stream';
import { namedUrl, proxyOf } from '@dockyard/sources';
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { networkError, RegistryError } from './errors.ts';

const MOST_REDIRECTS = 5;
const FOLLOWED = new Set([301, 302, 303, 307, 308]);
/** Those that ask for the same once more, with its body. */
const REPEATED = new Set([307, 308]);

/** What is behind most places that nobody goes to. */
export const BEHIND_PROXY =
  'A registry behind a proxy has to know by which URL it is reached: by the header X-Forwarded-Proto, or with relative URLs.';

/** A request, and to whom its secrets may go. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: URL;
  /** What is asked, for messages. */
  readonly what: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent to the origin of `url` alone. */
  readonly authorization?: string | undefined;
  /** A stream is made anew for each time that it is sent. */
  readonly body?: Uint8Array | (() => Readable);
  /** The body is a secret of the origin of `url`: it goes nowhere else. */
  readonly confidential?: boolean;
  readonly signal?: AbortSignal;
}

/** What came back, from where the last redirect led. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly url: URL;
  /** All requests, from the first to this answer, went to one origin. */
  readonly own: boolean;
  /** To be read to its end, or given up with {@link discard}. */
  readonly body: Dispatcher.ResponseData['body'];
}

/**
 * HTTP as a client of registries needs it. undici is Node's own client: it streams both ways and decodes nothing; where redirects lead and
 * which proxy is asked is decided here. Once a redirect has left the origin that was asked, no credentials are sent any more, not even
 * back to it.
 */
export class Http {
  readonly #options: Agent.Options;
  readonly #dispatchers = new Map<string, Dispatcher>();

  /** @param silenceMs milliseconds that a server may be silent */
  constructor(silenceMs: number) {
    this.#options = { headersTimeout: silenceMs, bodyTimeout: silenceMs, connect: { timeout: silenceMs } };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((one) => one.destroy()));
  }

  /**
   * Sends a request, and follows redirects as far as {@link namedUrl} lets them lead.
   *
   * @returns any answer, whatever its status
   * @throws {RegistryError} no answer came, or a redirect leads where nobody follows
   * @throws the reason of `signal`
   */
  async send(o: HttpRequest): Promise<Answer> {
    let { url } = o;
    let own = true;
    for (let redirects = 0; ; redirects++) {
      const answer = await this.#once(o, url, own);
      const { location } = answer.headers;
      const repeats = REPEATED.has(answer.status);
      const follows = FOLLOWED.has(answer.status) && (repeats || o.method === 'GET' || o.method === 'HEAD');
      if (!follows || typeof location !== 'string') return answer;
      discard(answer);
      const fail = (reason: string): RegistryError =>
        new RegistryError(`${o.what}: ${url.origin} redirects ${reason}`, { transient: false, hint: BEHIND_PROXY });
      if (redirects === MOST_REDIRECTS) throw fail('too often');
      const named = namedUrl(location, url);
      if ('refused' in named) throw fail(`where nobody follows: ${named.refused}`);
      own &&= named.url.origin === o.url.origin;
      if (!own && o.confidential === true)
        throw fail(`to ${named.url.origin}, and what was sent is for ${o.url.origin} alone`);
      url = named.url;
    }
  }

  async #once(o: HttpRequest, url: URL, own: boolean): Promise<Answer> {
    o.signal?.throwIfAborted();
    try {
      const { statusCode, headers, body } = await request(url, {
        method: o.method,
        dispatcher: this.#dispatcher(url),
        headers: {
          'user-agent': 'dockyard',
          ...o.headers,
          ...(own && o.authorization !== undefined && { authorization: o.authorization }),
        },
        body: typeof o.body === 'function' ? o.body() : (o.body ?? null),
        signal: o.signal ?? null,
      });
      return { status: statusCode, headers, url, own, body };
    } catch (error) {
      o.signal?.throwIfAborted();
      throw networkError(o.what, error);
    }
  }

  #dispatcher(url: URL): Dispatcher {
    const proxy = proxyOf(url)?.href ?? '';
    const known = this.#dispatchers.get(proxy);
    if (known !== undefined) return known;
    const made = proxy === '' ? new Agent(this.#options) : new ProxyAgent({ ...this.#options, uri: proxy });
    this.#dispatchers.set(proxy, made);
    return made;
  }
}

/** The values of a header field, of which there may be several. */
export function fieldsOf(answer: Answer, name: string): readonly string[] {
  const value = answer.headers[name] ?? [];
  return typeof value === 'string' ? [value] : value;
}

/** Gives an answer's body up. */
export function discard(answer: Answer): void {
  answer.body.on('error', () => undefined);
  answer.body.destroy();
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

/** Reads the start of a body that is only shown, and gives the rest up. */
export async function readStart(answer: Answer, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk.subarray(0, most - size));
      size += chunk.length;
      if (size >= most) break;
    }
  } catch {
    // What had come until then is shown.
  } finally {
    discard(answer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads JSON; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

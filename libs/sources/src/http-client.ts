import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { namedUrl } from './named-url.ts';
import { isLoopback } from './network.ts';
import { proxyOf } from './proxy.ts';
import { networkError, statusError, TransferError } from './transfer-error.ts';
import { Watchdog } from './watchdog.ts';

const MOST_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_TEXT = 64 << 20;

/** A response whose status is a success (or 416 for a range). */
export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The body as sent, not decoded. Fails with a TransferError when it stalls, is cut, or is aborted. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives the connection up without reading the body. */
  discard(): void;
}

export interface HttpRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which the transfer is given up. */
  readonly stallMs: number;
  /** Plain http: is taken: for a Debian mirror, whose files are pinned by digest. */
  readonly insecure?: boolean;
}

/**
 * HTTP with what downloads need: no decoding, redirects, proxies of the environment, a stall time-out.
 * Node's own fetch decodes bodies silently, and a file must stay as its digest knows it.
 */
export class HttpClient {
  /** By scheme and proxy. */
  readonly #agents = new Map<string, http.Agent>();

  /**
   * @throws {TransferError} the URL gives no file
   * @throws the reason of `signal`
   */
  async get(url: string, request: HttpRequest): Promise<HttpResponse> {
    let target = checkedUrl(url, request.insecure ?? false);
    for (let redirects = 0; ; redirects++) {
      const { response, dog } = await this.#send(target, request);
      const status = response.statusCode ?? 0;
      const discard = (): void => {
        dog.stop();
        response.destroy();
      };
      if (status === 200 || status === 206 || (status === 416 && request.headers?.['range'] !== undefined))
        return { status, headers: response.headers, body: read(response, dog, request.signal), discard };
      discard();
      const location = response.headers.location;
      if (!REDIRECTS.has(status) || location === undefined) throw statusError(status, response.headers['retry-after']);
      if (redirects === MOST_REDIRECTS) throw new TransferError('it redirects too often', { permanent: true });
      const named = namedUrl(location, target, { insecure: request.insecure ?? false });
      if ('refused' in named)
        throw new TransferError(`it redirects where nobody follows: ${named.refused}`, { permanent: true });
      target = named.url;
    }
  }

  /** Reads a small document, such as a registry's metadata or a signature. Throws like {@link get}. */
  async bytes(url: string, request: HttpRequest): Promise<Buffer> {
    const response = await this.get(url, request);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body) {
      size += chunk.length;
      if (size > MOST_TEXT) throw new TransferError('it is far too large', { permanent: true });
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #agent(url: URL): http.Agent {
    const proxy = proxyOf(url)?.href;
    const key = `${url.protocol} ${proxy ?? ''}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    const { Agent } = url.protocol === 'https:' ? https : http;
    // Which of them is asked is decided here, not by what Node makes of NO_PROXY.
    const proxyEnv = proxy === undefined ? {} : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy };
    const agent = new Agent({ keepAlive: true, proxyEnv });
    this.#agents.set(key, agent);
    return agent;
  }

  #send(url: URL, request: HttpRequest): Promise<{ response: IncomingMessage; dog: Watchdog }> {
    request.signal.throwIfAborted();
    const agent = this.#agent(url);
    const dog = new Watchdog(request.stallMs, request.signal);
    const secure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        dog.stop();
        reject(failure(error, dog, request.signal));
      };
      const sent = (secure ? https : http).request(url, {
        agent,
        headers: { accept: '*/*', 'user-agent': 'dockyard', 'accept-encoding': 'identity', ...request.headers },
        signal: dog.signal,
      });
      sent.on('error', fail);
      sent.once('response', (response) => {
        dog.touch();
        // The reader meets it when it reads; nobody may be listening yet.
        response.on('error', () => undefined);
        resolve({ response, dog });
      });
      sent.end();
    });
  }
}

async function* read(response: IncomingMessage, dog: Watchdog, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      dog.touch();
      yield chunk;
      // What the consumer does meanwhile is not the server's delay.
      dog.touch();
    }
  } catch (error) {
    throw failure(error, dog, signal);
  } finally {
    dog.stop();
    response.destroy();
  }
}

function failure(error: unknown, dog: Watchdog, signal: AbortSignal): Error {
  if (signal.aborted) return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
  return networkError(dog.signal.aborted ? dog.signal.reason : error);
}

/**
 * Lets through `https:`, and `http:` to this machine (or anywhere where `insecure` is given).
 *
 * @throws {TransferError} any other URL
 */
export function checkedUrl(text: string, insecure: boolean): URL {
  if (!URL.canParse(text)) throw new TransferError('it is no URL', { permanent: true });
  const url = new URL(text);
  if (url.protocol === 'https:') return url;
  if (url.protocol === 'http:' && (insecure || isLoopback(url.hostname))) return url;
  throw new TransferError(
    url.protocol === 'http:'
      ? 'plain http: is only taken from this machine; use https:'
      : `${url.protocol} is not supported`,
    { permanent: true },
  );
}

/** A URL as messages show it: without what may be a secret. */
export function shownUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '***';
  url.password = '';
  return url.href;
}

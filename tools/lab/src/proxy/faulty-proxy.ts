import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DroppedManifests } from './dropped-manifests.ts';
import { endToEnd, type Headers, proxiedLocation } from './headers.ts';
import { relay } from './relay.ts';
import { type Fault, type FaultRule, faultChooser } from './rules.ts';

/** A request that went through, as far as it came. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** What the client got; undefined where it got no answer. */
  readonly status: number | undefined;
  /** Bytes of the body that came from the client and went on to the target. */
  readonly requestBytes: number;
  /** Bytes of the body that went to the client. */
  readonly responseBytes: number;
  /** What befell it, even if it did it no harm. */
  readonly fault: Fault['kind'] | undefined;
  /** When it arrived, in milliseconds, as `performance.now()`. */
  readonly startedAt: number;
  /** When it was over, whichever way; undefined while it isn't. */
  readonly endedAt: number | undefined;
}

/** A running proxy. */
export interface FaultyProxy {
  /** `127.0.0.1:port`, the first part of references. */
  readonly host: string;
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** All requests so far, in the order of their arrival; live. */
  readonly seen: readonly SeenRequest[];
  /** Puts other rules in place, whose counts start anew, and forgets what was seen. Requests under way keep their fault. */
  reset(rules: readonly FaultRule[]): void;
  /** Resets what is under way and stops. */
  stop(): Promise<void>;
}

type Seen = { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] };

/** One request on its way. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly seen: Seen;
  readonly fault: Fault | undefined;
  /** Aborted once the client has its answer or is gone. */
  readonly closed: AbortSignal;
}

/**
 * Starts a reverse proxy on 127.0.0.1, in this process, that forwards everything to a registry but for what its rules say.
 *
 * @param target `127.0.0.1:port`, as a registry's `host`
 * @param rules what goes wrong; nothing by default
 */
export async function startFaultyProxy(target: string, rules: readonly FaultRule[] = []): Promise<FaultyProxy> {
  const to = new URL(`http://${target}`);
  const all: Seen[] = [];
  const dropped = new DroppedManifests();
  let choose = faultChooser(rules);
  const server = createServer((request, response) => {
    const { method = 'GET', url: path = '/' } = request;
    const fault = choose(method, path);
    const seen: Seen = {
      ...{ method, path, status: undefined, requestBytes: 0, responseBytes: 0, fault: fault?.kind },
      ...{ startedAt: performance.now(), endedAt: undefined },
    };
    all.push(seen);
    const closed = new AbortController();
    response.once('close', () => {
      seen.endedAt = performance.now();
      closed.abort();
    });
    const exchange: Exchange = { request, response, seen, fault, closed: closed.signal };
    // Whatever broke, here or there: the client sees a connection that broke.
    handle(exchange, { to, proxy: url(), dropped }).catch(() => reset(response));
  });
  server.requestTimeout = 0;
  const host = (): string => `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const url = (): string => `http://${host()}`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: host(),
    url: url(),
    seen: all,
    reset: (others) => {
      choose = faultChooser(others);
      all.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Way {
  readonly to: URL;
  readonly proxy: string;
  readonly dropped: DroppedManifests;
}

async function handle(exchange: Exchange, way: Way): Promise<void> {
  const { fault, seen, response } = exchange;
  if (fault?.kind === 'reset-request' && fault.after === 0) reset(response);
  else if (fault?.kind === 'hang' && fault.after === undefined) return;
  else if (fault?.kind === 'answer') answer(exchange, fault.status, fault.headers ?? {}, fault.body ?? '');
  else if (way.dropped.hides(seen.method, pathOnly(seen))) {
    const body = { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] };
    answer(exchange, 404, { 'content-type': 'application/json' }, JSON.stringify(body));
  } else await forward(exchange, way);
}

function answer(exchange: Exchange, status: number, headers: Headers, body: string | Uint8Array): void {
  const bytes = Buffer.from(body);
  exchange.seen.status = status;
  if (exchange.seen.method !== 'HEAD') exchange.seen.responseBytes = bytes.length;
  exchange.response.writeHead(status, { 'content-length': String(bytes.length), ...headers }).end(bytes);
}

async function forward(exchange: Exchange, way: Way): Promise<void> {
  const { request, response, seen, fault, closed } = exchange;
  const upstream = httpRequest(new URL(request.url ?? '/', way.to), {
    method: seen.method,
    headers: {
      ...endToEnd(request.headers),
      'x-forwarded-host': request.headers.host ?? '',
      'x-forwarded-proto': 'http',
    },
    agent: false,
    signal: closed,
  });
  const arrived = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once('response', resolve);
    upstream.on('error', reject);
  });
  void send(exchange, (limit) =>
    relay(request, upstream, { onBytes: (bytes) => (seen.requestBytes += bytes), signal: closed, ...limit }),
  ).then(
    () => upstream.end(),
    // The target may have answered before it read all, and its answer counts; the rest goes nowhere.
    () => request.resume(),
  );
  const from = await arrived;
  if (seen.method === 'PUT' && from.statusCode === 201) {
    const digest = from.headers['docker-content-digest'];
    way.dropped.put(pathOnly(seen), typeof digest === 'string' ? digest : undefined, fault?.kind === 'drop-manifest');
  }
  const headers = endToEnd(from.headers);
  if (from.headers.location !== undefined)
    headers['location'] = proxiedLocation(from.headers.location, way.to, way.proxy);
  await pass(exchange, from, headers);
  if (!response.writableEnded) response.end();
}

async function send(
  { fault, response }: Exchange,
  copy: (limit: { readonly limit?: number }) => Promise<boolean>,
): Promise<void> {
  if (fault?.kind !== 'reset-request') await copy({});
  else if (await copy({ limit: fault.after })) {
    // Closing the client's connection ends the one to the target as well.
    reset(response);
    throw new Error('reset');
  }
}

/** Gives the target's answer to the client, as the fault has it. */
async function pass(exchange: Exchange, from: IncomingMessage, headers: Headers): Promise<void> {
  const { response, seen, fault, closed } = exchange;
  if (fault?.kind === 'lose-answer') {
    reset(response);
    return;
  }
  if (fault?.kind === 'slow' && fault.delayMs !== undefined) await sleep(fault.delayMs, undefined, { signal: closed });
  const status = from.statusCode ?? 502;
  if (fault?.kind === 'swap' && seen.method !== 'HEAD') {
    const own = await buffer(from);
    const { 'content-length': _, ...others } = headers;
    answer(exchange, status, others, typeof fault.body === 'function' ? fault.body(own) : fault.body);
    return;
  }
  response.writeHead(status, headers);
  response.flushHeaders();
  seen.status = status;
  const limited = fault?.kind === 'reset-response' || fault?.kind === 'hang' ? fault.after : undefined;
  const stopped = await relay(from, response, {
    onBytes: (bytes) => (seen.responseBytes += bytes),
    signal: closed,
    ...(limited === undefined ? {} : { limit: limited }),
    ...(fault?.kind === 'slow' && fault.bytesPerSecond !== undefined ? { bytesPerSecond: fault.bytesPerSecond } : {}),
  });
  if (!stopped) return;
  // Whoever hangs waits for the client to give up.
  if (fault?.kind !== 'hang') reset(response);
  else if (!closed.aborted) await once(closed, 'abort');
}

function pathOnly({ path }: Seen): string {
  return path.split('?', 1)[0] ?? path;
}

function reset(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) response.destroy();
  else socket.resetAndDestroy();
}

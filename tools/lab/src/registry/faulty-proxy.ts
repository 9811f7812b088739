import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong. */
export type Fault =
  /** The connection is cut after so many bytes of the request's body; with 0, before the registry sees any of it. */
  | { readonly kind: 'reset-request'; readonly after: number }
  /** The connection is cut after so many bytes of the answer's body. */
  | { readonly kind: 'reset-response'; readonly after: number }
  /** Another answer comes instead of the registry's, which isn't asked. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The registry does what it is asked, and the connection is cut instead of saying so. */
  | { readonly kind: 'lose-answer' }
  /** Nothing comes. */
  | { readonly kind: 'hang' }
  /** The answer's body comes in pieces of that many bytes a second. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  /** The answer's body is another one. */
  | { readonly kind: 'swap'; readonly body: Uint8Array };

/** When it goes wrong. */
export interface FaultRule {
  readonly method: string;
  readonly path: RegExp;
  readonly fault: Fault;
  /** Times; default 1. */
  readonly times?: number;
  /** Matching requests that are let through first; default 0. */
  readonly skip?: number;
}

/** A request as the proxy saw it. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Of the answer; absent where there was none. */
  status?: number;
  requestBytes: number;
  responseBytes: number;
}

/** A running proxy. */
export interface FaultyProxy {
  /** `127.0.0.1:port`, to be used as the registry's. */
  readonly host: string;
  /** In the order of arrival. */
  readonly seen: readonly SeenRequest[];
  /** Puts other rules in place, and forgets what was seen. */
  reset(rules: readonly FaultRule[]): void;
  stop(): Promise<void>;
}

/**
 * Starts a proxy before a registry that does what rules say, the first that matches. The registry has to answer with relative Location
 * fields, so that clients stay with the proxy.
 *
 * @param target `127.0.0.1:port`
 */
export async function startFaultyProxy(target: string, rules: readonly FaultRule[] = []): Promise<FaultyProxy> {
  let current = rules.map((rule) => ({ rule, matched: 0 }));
  const seen: SeenRequest[] = [];
  const faultOf = (method: string, path: string): Fault | undefined => {
    for (const state of current) {
      if (state.rule.method !== method || !state.rule.path.test(path)) continue;
      state.matched += 1;
      const number = state.matched - (state.rule.skip ?? 0);
      if (number >= 1 && number <= (state.rule.times ?? 1)) return state.rule.fault;
    }
    return undefined;
  };
  const server = http.createServer((request, response) => {
    const { method = 'GET', url: path = '/' } = request;
    const record: SeenRequest = { method, path, requestBytes: 0, responseBytes: 0 };
    seen.push(record);
    pass(request, response, { target, record, fault: faultOf(method, path) }).catch(() => {
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${String(port)}`,
    seen,
    reset: (next) => {
      current = next.map((rule) => ({ rule, matched: 0 }));
      seen.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  { target, record, fault }: { target: string; record: SeenRequest; fault: Fault | undefined },
): Promise<void> {
  if (fault?.kind === 'hang') return;
  if (fault?.kind === 'answer') {
    request.resume();
    record.status = fault.status;
    response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    return;
  }
  if (fault?.kind === 'reset-request' && fault.after === 0) {
    request.socket.destroy();
    return;
  }
  const [hostname, port] = target.split(':');
  const forward = http.request({
    hostname,
    port,
    method: request.method,
    path: request.url,
    headers: { ...request.headers, host: target },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    forward.once('response', resolve);
    forward.once('error', reject);
  });
  answered.catch(() => undefined);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    record.requestBytes += chunk.length;
    if (fault?.kind === 'reset-request' && record.requestBytes > fault.after) {
      forward.destroy();
      request.socket.destroy();
      return;
    }
    if (!forward.write(chunk)) await Promise.race([new Promise((resolve) => forward.once('drain', resolve)), answered]);
  }
  forward.end();
  const answer = await answered;
  if (fault?.kind === 'lose-answer') {
    answer.resume();
    await new Promise((resolve) => answer.once('end', resolve));
    request.socket.destroy();
    return;
  }
  record.status = answer.statusCode ?? 0;
  const headers = { ...answer.headers };
  if (fault?.kind === 'swap') headers['content-length'] = String(fault.body.length);
  response.writeHead(answer.statusCode ?? 502, headers);
  if (fault?.kind === 'swap') {
    answer.resume();
    response.end(fault.body);
    return;
  }
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (fault?.kind === 'reset-response' && record.responseBytes + chunk.length > fault.after) {
      response.write(chunk.subarray(0, Math.max(fault.after - record.responseBytes, 0)), () =>
        request.socket.destroy(),
      );
      return;
    }
    if (fault?.kind === 'slow') {
      for (let start = 0; start < chunk.length; start += fault.bytesPerSecond / 10) {
        response.write(chunk.subarray(start, start + fault.bytesPerSecond / 10));
        await sleep(100);
      }
    } else if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
    record.responseBytes += chunk.length;
  }
  response.end();
}

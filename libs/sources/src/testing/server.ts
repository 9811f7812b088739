import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server on this machine, for tests. */
export interface TestServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What was asked, in order: `GET /path`. */
  readonly requests: IncomingMessage[];
  paths(): string[];
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** @param answer gets each request and how many of the same path came before it */
export async function startServer(answer: Answer): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    const count = requests.filter(({ url }) => url === request.url).length;
    requests.push(request);
    answer(request, response, count);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    paths: () => requests.map(({ url }) => url ?? ''),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Answers with a body, and with a part of it where a range is asked for and the ETag still fits (RFC 9110, 14). */
export function sendRange(request: IncomingMessage, response: ServerResponse, body: Buffer, etag: string): void {
  const offset = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? NaN);
  const headers = { etag, 'accept-ranges': 'bytes' };
  if (Number.isNaN(offset) || request.headers['if-range'] !== etag) {
    response.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
    return;
  }
  const rest = body.subarray(offset);
  const range = `bytes ${offset}-${body.length - 1}/${body.length}`;
  response.writeHead(206, { ...headers, 'content-length': rest.length, 'content-range': range }).end(rest);
}

/**
 * Announces the whole body and sends its beginning; the test cuts the connection once the client has some of it.
 *
 * @param response the answer
 * @param body what is announced
 * @param bytes how much of it is sent
 * @param etag its ETag, if any
 * @returns cuts the connection
 */
export function sendCut(response: ServerResponse, body: Buffer, bytes: number, etag?: string): () => void {
  response.writeHead(200, { 'content-length': body.length, ...(etag === undefined ? {} : { etag }) });
  response.write(body.subarray(0, bytes));
  return () => response.destroy();
}

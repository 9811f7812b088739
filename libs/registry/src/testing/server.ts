import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that came. */
export interface Seen {
  /** `GET /v2/…`, with the query. */
  readonly line: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A server on 127.0.0.1 that answers as a test says. */
export interface TestServer {
  /** `127.0.0.1:port` */
  readonly host: string;
  readonly url: string;
  readonly seen: readonly Seen[];
  stop(): void;
}

/** @param answer gets each request once its body is read */
export async function startServer(
  answer: (seen: Seen, response: ServerResponse, request: IncomingMessage) => void,
): Promise<TestServer> {
  const all: Seen[] = [];
  const server = createServer((request, response) => {
    void text(request).then(
      (body) => {
        const { method = '', url = '', headers } = request;
        const seen = { line: `${method} ${url}`, authorization: headers.authorization, body };
        all.push(seen);
        answer(seen, response, request);
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    host,
    url: `http://${host}`,
    seen: all,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

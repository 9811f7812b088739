import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

/** A server that passes connections on. */
export interface Relay {
  stop(): Promise<void>;
}

/**
 * Passes TCP connections on, so that what only one protocol or network reaches is reached by another. Each direction ends by itself: who has
 * sent all of a request and says so still gets the answer.
 *
 * @param options.address IP address to listen on
 * @param options.port to listen on
 * @param options.to where each connection goes
 * @param options.tls PEM certificate and key, where TLS ends here
 */
export async function startRelay(options: {
  readonly address: string;
  readonly port: number;
  readonly to: { readonly host: string; readonly port: number };
  readonly tls?: { readonly cert: string; readonly key: string };
}): Promise<Relay> {
  const open = new Set<Socket>();
  const track = (socket: Socket): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  };
  const pass = (incoming: Socket): void => {
    const outgoing = connect({ ...options.to, allowHalfOpen: true });
    track(outgoing);
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      one.on('close', () => other.destroySoon());
      one.on('error', () => other.destroy());
      one.pipe(other);
    }
  };
  const halves = { allowHalfOpen: true };
  const server: Server =
    options.tls === undefined ? createServer(halves, pass) : createTlsServer({ ...options.tls, ...halves }, pass);
  // Also those that never come to speak TLS.
  server.on('connection', track);
  server.listen({ host: options.address, port: options.port });
  await once(server, 'listening');
  return {
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

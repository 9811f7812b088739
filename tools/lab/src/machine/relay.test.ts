import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import getPort from 'get-port';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { type Relay, startRelay } from './relay.ts';

const open: { server: Server; relay: Relay }[] = [];

afterEach(async () => {
  for (const { server, relay } of open.splice(0)) {
    await relay.stop();
    server.close();
  }
});

/** A server that answers once it has all of the request, behind a relay. */
async function start(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => (text += part));
    socket.on('end', () => setTimeout(() => socket.end(`answer to ${text}`), 50));
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const port = await getPort();
  const to = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  open.push({ server, relay: await startRelay({ address: '127.0.0.1', port, to }) });
  return port;
}

describe('startRelay', () => {
  it('brings the answer to who has ended the sending half of the connection', async () => {
    const socket = connect({ host: '127.0.0.1', port: await start(), allowHalfOpen: true });
    socket.end('a question');
    let text = '';
    for await (const part of socket.setEncoding('utf8')) text += String(part);
    expect(text).toBe('answer to a question');
  });

  it('stops whoever is connected, and has not begun to speak TLS', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'relay.test' }]);
    const port = await getPort();
    const to = { host: '127.0.0.1', port: await getPort() };
    const relay = await startRelay({ address: '127.0.0.1', port, to, tls: { cert, key } });
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    await once(socket, 'connect');
    socket.end();
    const closed = once(socket.resume(), 'close');
    await relay.stop();
    await closed;
  });
});

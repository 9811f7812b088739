import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { listens } from './probe.ts';

async function withServer(answer: (socket: Socket) => void, use: (port: number) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    await use((server.address() as AddressInfo).port);
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}

const probe = (port: number) => listens({ host: '127.0.0.1', port }, 300);

describe('listens', () => {
  it('takes a server that waits for its client', () =>
    withServer(
      () => undefined,
      async (port) => expect(await probe(port)).toBe(true),
    ));

  it('takes a server that speaks and hangs up', () =>
    withServer(
      (socket) => socket.end('220 hello\r\n'),
      async (port) => expect(await probe(port)).toBe(true),
    ));

  it('is not deceived by a proxy with nobody behind', () =>
    withServer(
      (socket) => socket.end(),
      async (port) => expect(await probe(port)).toBe(false),
    ));

  it('knows a closed port', async () => {
    let free = 0;
    await withServer(
      () => undefined,
      async (port) => {
        free = port;
      },
    );
    expect(await probe(free)).toBe(false);
  });
});

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { expect, it } from 'vitest';
import { certificateAuthority } from './certificates.ts';

it('issues what clients that trust it take, and no others', async () => {
  const authority = await certificateAuthority();
  const other = await certificateAuthority();
  const { certificate, key } = await authority.issue();
  const server = createServer({ cert: certificate, key }, (socket) => socket.end('hello'));
  server.on('tlsClientError', () => undefined);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const greet = async (ca: string, servername: string): Promise<unknown> => {
    const socket = connect({ host: '127.0.0.1', port, ca, servername });
    const said: unknown[] = await once(socket, 'data').catch((error: unknown) => [error]);
    socket.destroy();
    return said[0];
  };
  try {
    expect(String(await greet(authority.certificate, 'localhost'))).toBe('hello');
    expect(await greet(authority.certificate, 'elsewhere.example')).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect(await greet(other.certificate, 'localhost')).toMatchObject({
      code: expect.stringMatching(/CERT|LEAF/) as string,
    });
  } finally {
    server.close();
  }
});

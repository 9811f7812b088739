import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { Http } from './http.ts';

afterEach(() => vi.unstubAllEnvs());

it('asks the proxy of the environment for a way, but not for what NO_PROXY has in its ranges', async () => {
  const asked: string[] = [];
  const proxy = createServer().on('connect', ({ url, headers }, socket) => {
    asked.push(`${url ?? ''} ${headers['proxy-authorization'] ?? ''}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('HTTPS_PROXY', `http://me:pw@127.0.0.1:${String((proxy.address() as AddressInfo).port)}`);
  vi.stubEnv('NO_PROXY', 'internal.invalid,0.0.0.0/8');
  const http = new Http(5_000);
  try {
    for (const host of ['registry.invalid', 'a.internal.invalid', '0.0.0.1:5000'])
      await expect(http.send({ method: 'GET', url: new URL(`https://${host}/v2/`), what: host })).rejects.toThrow(host);
    expect(asked).toEqual([`registry.invalid:443 Basic ${Buffer.from('me:pw').toString('base64')}`]);
  } finally {
    await http.close();
    proxy.close();
  }
});

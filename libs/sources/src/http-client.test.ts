import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { HttpClient } from './http-client.ts';

const servers: Server[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) server.closeAllConnections();
});

/** A proxy that answers by itself, and what it was asked. */
async function startProxy(): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('by proxy');
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked };
}

it('asks the proxy of the environment, but for what NO_PROXY has in its ranges', async () => {
  const { url, asked } = await startProxy();
  vi.stubEnv('HTTP_PROXY', url);
  vi.stubEnv('NO_PROXY', '127.0.0.0/8,0.0.0.0/8');
  const client = new HttpClient();
  const request = { signal: AbortSignal.timeout(20_000), stallMs: 10_000, insecure: true };
  try {
    expect((await client.bytes('http://mirror.invalid/debian/x', request)).toString()).toBe('by proxy');
    // 0.0.0.1 is no host: what isn't asked through the proxy fails at once.
    await expect(client.bytes('http://0.0.0.1/x', request)).rejects.toThrow();
    expect(asked).toEqual(['http://mirror.invalid/debian/x']);
  } finally {
    client.close();
  }
});

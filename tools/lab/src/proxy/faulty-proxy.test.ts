import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts';

const MEGABYTE = 1_000_000;

/** What the target saw, and whether it saw the end of it. */
interface Arrival {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  bytes: number;
  whole: boolean;
}

let server: Server;
let target: string;
let arrivals: Arrival[];
let proxy: FaultyProxy;
let respond: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  arrivals = [];
  respond = (_, response) => response.writeHead(200, { 'content-type': 'text/x', etag: 'e' }).end('original');
  server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    const arrival: Arrival = { method, url, headers, bytes: 0, whole: false };
    arrivals.push(arrival);
    request.on('data', (chunk: Buffer) => (arrival.bytes += chunk.length));
    request.on('error', () => undefined);
    request.on('end', () => {
      arrival.whole = true;
      respond(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  proxy = await startFaultyProxy(target);
});

afterEach(async () => {
  await proxy.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const get = async (path: string, init: RequestInit = {}): Promise<string> =>
  (await fetch(proxy.url + path, init)).text();
const put = (path: string, bytes: number): Promise<Response> =>
  fetch(proxy.url + path, { method: 'PUT', body: Buffer.alloc(bytes) });

describe('a proxy without rules', () => {
  it('forwards both ways and counts', async () => {
    const response = await put('/v2/a?digest=x', MEGABYTE);
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([200, 'e', 'original']);
    expect(arrivals).toMatchObject([{ method: 'PUT', url: '/v2/a?digest=x', bytes: MEGABYTE, whole: true }]);
    expect(arrivals[0]!.headers).toMatchObject({ 'x-forwarded-host': proxy.host, 'x-forwarded-proto': 'http' });
    await expect.poll(() => proxy.seen[0]!.endedAt).toBeGreaterThan(proxy.seen[0]!.startedAt);
    expect(proxy.seen).toMatchObject([
      {
        ...{ method: 'PUT', path: '/v2/a?digest=x', status: 200, fault: undefined },
        ...{ requestBytes: MEGABYTE, responseBytes: 8 },
      },
    ]);
  });

  it('keeps uploads on itself', async () => {
    respond = (_, response) =>
      response.writeHead(202, { location: `http://${target}/v2/a/blobs/uploads/1?_state=s` }).end();
    const response = await fetch(`${proxy.url}/v2/a/blobs/uploads/`, { method: 'POST' });
    expect(response.headers.get('location')).toBe(`${proxy.url}/v2/a/blobs/uploads/1?_state=s`);
  });

  it('breaks the connection where the target is gone', async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(get('/')).rejects.toThrow();
    expect(proxy.seen).toMatchObject([{ status: undefined }]);
  });
});

describe('a fault', () => {
  it('reset-request after 0 bytes: nothing arrives', async () => {
    proxy.reset([{ path: /./, fault: { kind: 'reset-request', after: 0 } }]);
    await expect(get('/')).rejects.toThrow();
    expect(arrivals).toEqual([]);
    expect(await get('/')).toBe('original');
    expect(proxy.seen.map(({ fault, status }) => [fault, status])).toEqual([
      ['reset-request', undefined],
      [undefined, 200],
    ]);
  });

  it('reset-request: so much of the body arrives', async () => {
    proxy.reset([{ path: /./, fault: { kind: 'reset-request', after: 300_000 } }]);
    await expect(put('/a', MEGABYTE)).rejects.toThrow();
    await expect.poll(() => arrivals[0]?.bytes).toBe(300_000);
    expect(arrivals[0]!.whole).toBe(false);
    expect(proxy.seen).toMatchObject([{ requestBytes: 300_000, status: undefined }]);
    expect((await put('/a', 10)).status).toBe(200);
  });

  it('reset-request: spares a shorter body', async () => {
    proxy.reset([{ path: /./, fault: { kind: 'reset-request', after: 300_000 } }]);
    expect((await put('/a', 10)).status).toBe(200);
  });

  it('reset-response: so much of the body gets through', async () => {
    respond = (_, response) => response.end(Buffer.alloc(MEGABYTE));
    proxy.reset([{ path: /./, fault: { kind: 'reset-response', after: 1000 } }]);
    const response = await fetch(`${proxy.url}/`);
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(proxy.seen).toMatchObject([{ status: 200, responseBytes: 1000 }]);
  });

  it('lose-answer: done, and the client does not know', async () => {
    proxy.reset([{ path: /./, fault: { kind: 'lose-answer' } }]);
    await expect(put('/a', 10)).rejects.toThrow();
    expect(arrivals).toMatchObject([{ bytes: 10, whole: true }]);
    expect(proxy.seen).toMatchObject([{ status: undefined }]);
  });

  it('answer: by itself, also before a body was sent', async () => {
    proxy.reset([
      { path: /./, fault: { kind: 'answer', status: 429, headers: { 'retry-after': '2' }, body: 'slowly' } },
    ]);
    const response = await put('/a', MEGABYTE);
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([429, '2', 'slowly']);
    expect(arrivals).toEqual([]);
  });

  it('slow: late, and at that speed', async () => {
    respond = (_, response) => response.end(Buffer.alloc(2000));
    proxy.reset([{ path: /./, fault: { kind: 'slow', delayMs: 200, bytesPerSecond: 10_000 } }]);
    const started = performance.now();
    expect((await get('/')).length).toBe(2000);
    expect(performance.now() - started).toBeGreaterThan(340);
  });

  it('hang: no answer, or a part of one', async () => {
    proxy.reset([
      { path: /never/, fault: { kind: 'hang' } },
      { path: /part/, fault: { kind: 'hang', after: 3 } },
    ]);
    await expect(get('/never', { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
    await expect(get('/part', { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
    expect(proxy.seen).toMatchObject([
      { status: undefined, responseBytes: 0 },
      { status: 200, responseBytes: 3 },
    ]);
  });

  it('swap: other bytes under the same headers', async () => {
    proxy.reset([
      { path: /other/, fault: { kind: 'swap', body: 'something else' } },
      { path: /./, fault: { kind: 'swap', body: (own) => own.subarray(1) } },
    ]);
    const response = await fetch(`${proxy.url}/other`);
    expect([response.headers.get('etag'), response.headers.get('content-length'), await response.text()]).toEqual([
      'e',
      '14',
      'something else',
    ]);
    expect(await get('/')).toBe('riginal');
  });

  it('drop-manifest: lost until it is put again', async () => {
    respond = (request, response) =>
      response.writeHead(request.method === 'PUT' ? 201 : 200, { 'docker-content-digest': 'sha256:d' }).end();
    proxy.reset([{ method: 'PUT', path: /\/manifests\//, fault: { kind: 'drop-manifest' } }]);
    const statuses = async (): Promise<number[]> => {
      const paths = ['/v2/a/manifests/1', '/v2/a/manifests/sha256:d', '/v2/b/manifests/1'];
      return Promise.all(paths.map(async (path) => (await fetch(proxy.url + path)).status));
    };
    expect((await put('/v2/a/manifests/1', 10)).status).toBe(201);
    expect(await statuses()).toEqual([404, 404, 200]);
    expect((await put('/v2/a/manifests/1', 10)).status).toBe(201);
    expect(await statuses()).toEqual([200, 200, 200]);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Digest } from '@dockyard/oci';
import { readEntry } from './read-entry.ts';
import type { CacheStore } from './store.ts';

/** A running server of Nx's cache protocol. */
export interface CacheServer {
  /** For NX_SELF_HOSTED_REMOTE_CACHE_SERVER. */
  readonly url: string;
  /** For NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: nobody else on this machine may use our rights. */
  readonly token: string;
  /**
   * Takes nothing any more and breaks all connections: nobody reads them once the command has ended.
   *
   * @param graceMs milliseconds that what is on its way to the registry still has; 10,000 by default
   */
  close(graceMs?: number): Promise<void>;
}

const GRACE = 10_000;

const PATH = /^\/v1\/cache\/([0-9a-zA-Z]{1,40})$/;

/**
 * Speaks Nx's self-hosted cache protocol (nx.dev, "Self-host the remote cache": `GET` and `PUT /v1/cache/{hash}`) on the loopback. Entries
 * pass through files: an answer begins only when all of it is there and verified, and memory doesn't grow with them.
 *
 * @param store where entries are kept
 * @param folder absolute path of a folder for files that are under way
 */
export async function startCacheServer(store: CacheStore, folder: string): Promise<CacheServer> {
  const token = randomBytes(24).toString('base64url');
  const underWay = new Set<Promise<void>>();
  const server = http.createServer((request, response) => {
    const work = answer(request, response, { store, folder, token })
      .catch(() => {
        // The other side is gone, or our disk is full: never a failed build.
        if (response.headersSent) response.destroy();
        else response.writeHead(request.method === 'PUT' ? 200 : 404).end();
      })
      .finally(() => underWay.delete(work));
    underWay.add(work);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    token,
    close: async (graceMs = GRACE) => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      // Those that say nothing as well, for which it would wait as long as they are open.
      server.closeAllConnections();
      await closed;
      const over = new AbortController();
      await Promise.race([
        Promise.all(underWay),
        sleep(graceMs, undefined, { signal: over.signal, ref: false }).catch(() => undefined),
      ]);
      over.abort();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { store, folder, token }: { store: CacheStore; folder: string; token: string },
): Promise<void> {
  const hash = PATH.exec(request.url ?? '')?.[1];
  if (request.headers.authorization !== `Bearer ${token}`) {
    response.writeHead(401).end();
    return;
  }
  if (hash === undefined || (request.method !== 'GET' && request.method !== 'PUT')) {
    response.writeHead(404).end();
    return;
  }
  const path = join(folder, `${hash}.${randomBytes(4).toString('hex')}`);
  try {
    if (request.method === 'GET') await get(hash, path, store, response);
    else await put(hash, path, store, request, response);
  } finally {
    await rm(path, { force: true });
  }
}

async function get(hash: string, path: string, store: CacheStore, response: ServerResponse): Promise<void> {
  const size = await store.fetch(hash, path);
  if (size === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
  await pipeline(createReadStream(path), response);
}

async function put(
  hash: string,
  path: string,
  store: CacheStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const sum = createHash('sha256');
  let size = 0;
  await pipeline(
    request,
    async function* (source: AsyncIterable<Uint8Array>) {
      for await (const chunk of source) {
        sum.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(path),
  );
  const digest: Digest = `sha256:${sum.digest('hex')}`;
  const reading = await readEntry(path);
  if (reading.ok) await store.keep(hash, path, { digest, size }, reading.of);
  else store.refused(reading.why);
  // Nx takes any other success for a wrong address, and fails the run.
  response.writeHead(200).end();
}

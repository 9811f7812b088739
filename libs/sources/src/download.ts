import { type FileHandle, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { HttpClient, HttpRequest, HttpResponse } from './http-client.ts';
import { TransferError } from './transfer-error.ts';

/** The disk, not the network, failed. */
export class DiskError extends Error {}

export interface DownloadOptions extends HttpRequest {
  /** Bytes that the file must have, where known. */
  readonly size?: number;
  /** Called once the server answers, and with every chunk. */
  readonly onBytes: (received: number, size: number | undefined) => void;
}

/** What must be the same for the rest of a transfer to fit its beginning. */
interface Origin {
  readonly url: string;
  /** A strong ETag or a date, as If-Range takes it (RFC 9110, 13.1.5). */
  readonly validator: string;
}

/**
 * Downloads one URL into a file, and goes on where an earlier transfer of the same thing ended, when the server can.
 *
 * @param http client
 * @param url where from
 * @param path the file; stays as far as it came when the transfer fails; `<path>.json` beside it tells its origin
 * @param options limits and progress
 * @returns whether bytes of an earlier transfer were used
 * @throws {TransferError} the transfer failed
 * @throws {DiskError} the file can't be written
 */
export async function download(
  http: HttpClient,
  url: string,
  path: string,
  options: DownloadOptions,
): Promise<{ resumed: boolean }> {
  const from = await resumePoint(url, path, options.size);
  const headers = from === undefined ? {} : { range: `bytes=${from.offset}-`, 'if-range': from.origin.validator };
  const response = await http.get(url, { ...options, headers: { ...options.headers, ...headers } });
  if (response.status === 416) {
    response.discard();
    await discard(path);
    throw new TransferError('the server can not continue the transfer');
  }
  const offset = from !== undefined && continues(response, from.offset) ? from.offset : 0;
  if (response.status === 206 && offset === 0) {
    response.discard();
    await discard(path);
    throw new TransferError('the server sent another part than the one asked for');
  }
  await writeBody(response, path, offset, url, options);
  return { resumed: offset > 0 };
}

/** Deletes the bytes of a transfer. */
export async function discard(path: string): Promise<void> {
  await Promise.all([rm(path, { force: true }), rm(`${path}.json`, { force: true })]);
}

async function resumePoint(url: string, path: string, size: number | undefined) {
  try {
    const origin = JSON.parse(await readFile(`${path}.json`, 'utf8')) as Partial<Origin>;
    const offset = (await stat(path)).size;
    if (origin.url !== url || typeof origin.validator !== 'string' || offset === 0) return undefined;
    return size !== undefined && offset >= size ? undefined : { offset, origin: { url, validator: origin.validator } };
  } catch {
    return undefined;
  }
}

function continues(response: HttpResponse, offset: number): boolean {
  return response.status === 206 && (response.headers['content-range'] ?? '').startsWith(`bytes ${offset}-`);
}

async function writeBody(
  response: HttpResponse,
  path: string,
  offset: number,
  url: string,
  options: DownloadOptions,
): Promise<void> {
  const length = response.headers['content-length'];
  const size = options.size ?? (length === undefined ? undefined : offset + Number(length));
  let received = offset;
  const file = await onDisk(() => start(response, path, offset, url));
  try {
    options.onBytes(received, size);
    for await (const chunk of response.body) {
      await onDisk(() => writeAll(file, chunk, received));
      received += chunk.length;
      options.onBytes(received, size);
      if (options.size !== undefined && received > options.size) break;
    }
  } finally {
    response.discard();
    await onDisk(() => file.close());
  }
  if (size !== undefined && received < size)
    throw new TransferError(`the transfer ended early: ${received} of ${size} bytes`);
}

async function start(response: HttpResponse, path: string, offset: number, url: string): Promise<FileHandle> {
  if (offset > 0) return open(path, 'r+');
  await discard(path);
  const { etag, 'last-modified': modified } = response.headers;
  const validator = etag === undefined ? modified : etag.startsWith('W/') ? undefined : etag;
  const origin: Origin | undefined = validator === undefined ? undefined : { url, validator };
  const file = await open(path, 'w');
  if (origin !== undefined) await writeFile(`${path}.json`, JSON.stringify(origin));
  return file;
}

async function writeAll(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.length;)
    done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new DiskError((error as Error).message, { cause: error });
  }
}

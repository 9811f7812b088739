import { stat } from 'node:fs/promises';
import { type Exec, exec as realExec, UserError } from '@dockyard/exec';
import type { MirrorOptions } from './debian-mirrors.ts';
import { discard, DiskError, download } from './download.ts';
import type { Report } from './events.ts';
import type { FetchContext } from './fetch-context.ts';
import { HttpClient, shownUrl } from './http-client.ts';
import { type Location, Locator } from './locations.ts';
import { checkFileNames } from './names.ts';
import type { SourceRequest } from './request.ts';
import { inRounds, type Limits, LIMITS } from './rounds.ts';
import { checkSignature } from './signature.ts';
import { cannotUse, defaultStore, SourceStore, verifyFile } from './store.ts';
import { TransferError } from './transfer-error.ts';

export interface FetchOptions extends MirrorOptions {
  /** Folder of the store; default {@link defaultStore}. */
  readonly store?: string;
  readonly signal?: AbortSignal;
  readonly report?: Report;
  /** Patience; what is left out has its default. */
  readonly limits?: Partial<Limits>;
  /** Runs apt-get, npm and gpgv; default the real one. */
  readonly exec?: Exec;
}

/**
 * Brings sources into the store, verified: what is there is read through, what isn't is downloaded. Bytes that have not
 * the digest asked for are deleted and never given out. Safe with other processes on the same store.
 *
 * @param sources what to fetch
 * @param options store, mirrors, patience, cancelling, progress
 * @returns path in the store by file name
 * @throws {UserError} a bad name or URL, no URL works, a digest or signature mismatch, or a store that can't be used; the
 *   other downloads are then ended (what came of them is kept for next time)
 * @throws the reason of `signal`
 */
export async function fetchSources(
  sources: readonly SourceRequest[],
  options: FetchOptions = {},
): Promise<Map<string, string>> {
  checkFileNames(sources.map(({ file }) => file));
  for (const source of sources) checkDigest(source);
  const ended = new AbortController();
  const signal = options.signal === undefined ? ended.signal : AbortSignal.any([options.signal, ended.signal]);
  const context = fetchContext({ ...options, signal });
  const paths = new Map<string, string>();
  const waiting = [...sources];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      paths.set(next.file, await fetchSource(next, context));
  };
  let failure: { error: unknown } | undefined;
  try {
    const workers = Array.from({ length: Math.min(context.limits.parallel, sources.length) }, () =>
      work().catch((error: unknown) => {
        failure ??= { error };
        ended.abort(error);
      }),
    );
    await Promise.all(workers);
  } finally {
    context.http.close();
  }
  options.signal?.throwIfAborted();
  if (failure !== undefined) throw failure.error;
  return new Map(sources.map(({ file }) => [file, paths.get(file) ?? '']));
}

/** What a call with these options works with; its `http` has to be closed. */
export function fetchContext(options: FetchOptions): FetchContext {
  const exec = options.exec ?? realExec;
  const http = new HttpClient();
  return {
    store: new SourceStore(options.store ?? defaultStore()),
    http,
    locator: new Locator(exec, http, options),
    limits: { ...LIMITS, ...options.limits },
    report: options.report ?? (() => undefined),
    signal: options.signal ?? new AbortController().signal,
    exec,
  };
}

async function fetchSource(source: SourceRequest, context: FetchContext): Promise<string> {
  const { store, report, signal } = context;
  const { file, digest } = source;
  signal.throwIfAborted();
  if (await present(source, context)) report({ type: 'present', file });
  else
    await store.locked(digest, { signal, onWait: () => report({ type: 'waiting', file }) }, async (held) => {
      // Whoever held the lock before us may have fetched it.
      if ((await store.check(digest)) === 'present') report({ type: 'present', file });
      else await fetchMissing(source, { ...context, signal: held });
    });
  const path = store.entry(digest);
  if (source.signature !== undefined) await checkSignature(source, source.signature, path, context);
  return path;
}

async function present(source: SourceRequest, { store, report }: FetchContext): Promise<boolean> {
  const state = await store.check(source.digest);
  if (typeof state === 'object')
    report({ type: 'corrupt', file: source.file, path: store.entry(source.digest), ...state });
  return state === 'present';
}

async function fetchMissing(source: SourceRequest, context: FetchContext): Promise<void> {
  const { file } = source;
  const locations = await context.locator.locate(source.urls);
  const { url, size } = await inRounds(file, locations, context, async (location) => ({
    url: location.name,
    size: await fetchOnce(source, location, context),
  }));
  context.report({ type: 'fetched', file, url: shownUrl(url), size });
}

async function fetchOnce(source: SourceRequest, location: Location, context: FetchContext): Promise<number> {
  const { file, digest } = source;
  const { store, report, signal, limits } = context;
  const partial = store.partial(digest);
  const request = { signal, stallMs: limits.stallMs, insecure: location.insecure };
  report({ type: 'start', file, url: shownUrl(location.name) });
  try {
    const url = await location.find(request);
    const { resumed } = await download(context.http, url, partial, {
      ...request,
      ...(source.size === undefined ? {} : { size: source.size }),
      onBytes: (received, size) => report({ type: 'progress', file, received, size }),
    });
    const mismatch = await verifyFile(partial, digest);
    if (mismatch === undefined) {
      const { size } = await stat(partial);
      await store.keep(digest);
      await discard(partial);
      return size;
    }
    await discard(partial);
    // The beginning came in another transfer and may be what is wrong: only a whole transfer proves the server wrong.
    if (resumed) throw new TransferError('the continued transfer has not the right digest; it is started again');
    throw new UserError(
      `${file} has not the expected ${digest.algorithm}; the downloaded bytes are deleted.\n` +
        `  expected ${mismatch.expected}\n  found    ${mismatch.found}\n  from     ${shownUrl(location.name)}`,
      { hint: 'Find out why upstream changed the file before you change the digest in image.yaml.' },
    );
  } catch (error) {
    throw error instanceof DiskError ? cannotUse(store.root, error) : error;
  }
}

function checkDigest({ file, digest, urls }: SourceRequest): void {
  const length = digest.algorithm === 'sha512' ? 128 : 64;
  if (!new RegExp(`^[0-9a-f]{${length}}$`).test(digest.hex))
    throw new UserError(`${file}: ${JSON.stringify(digest.hex)} is no ${digest.algorithm}: ${length} hex digits.`, {
      hint: 'Correct the digest in image.yaml.',
    });
  if (urls.length === 0) throw new UserError(`${file} has no URL.`, { hint: 'Add one to its `urls` in image.yaml.' });
}

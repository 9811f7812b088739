import { stat } from 'node:fs/promises';
import { isPlaceholderDigest } from '@dockyard/definition';
import { type Exec, exec as realExec, UserError } from '@dockyard/exec';
import type { MirrorOptions } from './debian-mirrors.ts';
import { discard, DiskError, download } from './download.ts';
import type { Report } from './events.ts';
import type { FetchContext } from './fetch-context.ts';
import { HttpClient, shownUrl } from './http-client.ts';
import { type Location, Locator } from './locations.ts';
import { checkFileNames } from './names.ts';
import type { SourceRequest } from './request.ts';
import { inRounds, type Limits, LIMITS, NoUrlWorked } from './rounds.ts';
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
 * the digest asked for are deleted and never given out. A file whose digest is there, and which none of the URLs is known
 * to have served, counts as absent: the digest may be that of another version. Safe with other processes on the same store.
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
      if (await present(source, context)) report({ type: 'present', file });
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
  return state === 'present' && (await store.isServedBy(source.digest, source.urls));
}

async function fetchMissing(source: SourceRequest, context: FetchContext): Promise<void> {
  const { file } = source;
  const locations = await context.locator.locate(source.urls);
  const { url, size } = await inRounds(file, locations, context, async (location) => ({
    url: location.name,
    size: await fetchOnce(source, location, context),
  })).catch(async (error: unknown) => {
    throw error instanceof NoUrlWorked ? await withOrigin(source, error, context) : error;
  });
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
      await store.keep(digest, location.url);
      await discard(partial);
      return size;
    }
    await discard(partial);
    // The beginning came in another transfer and may be what is wrong: only a whole transfer proves the server wrong.
    if (resumed) throw new TransferError('the continued transfer has not the right digest; it is started again');
    throw new UserError(
      [
        `${file} has not the expected ${digest.algorithm}; the downloaded bytes are deleted.`,
        `  expected ${mismatch.expected}`,
        ...(await store.servedBy(digest)).map((other) => `           which is what ${shownUrl(other)} served`),
        `  found    ${mismatch.found}`,
        `  from     ${shownUrl(location.name)}`,
      ].join('\n'),
      { hint: mismatchHint(source) },
    );
  } catch (error) {
    throw error instanceof DiskError ? cannotUse(store.root, error) : error;
  }
}

/** Where the store has the file: says why that doesn't do. */
async function withOrigin(
  { digest, urls }: SourceRequest,
  error: NoUrlWorked,
  { store }: FetchContext,
): Promise<NoUrlWorked> {
  if ((await store.check(digest)) !== 'present') return error;
  const others = (await store.servedBy(digest)).filter((url) => !urls.includes(url));
  const origin = others.length === 0 ? 'nothing tells which did' : `${others.map(shownUrl).join(', ')} did`;
  return error.with(
    `The store has a file of this digest, but none of these URLs is known to have served it: ${origin}. The digest may be that of another version.`,
  );
}

function mismatchHint({ declaredIn }: SourceRequest): string {
  const otherwise = 'find out why upstream changed the file before you change the digest';
  return declaredIn === undefined
    ? `${otherwise.replace('f', 'F')} in image.yaml.`
    : `Where the version is a new one, write its digest: npm run sources -- --update ${declaredIn}. Otherwise ${otherwise}.`;
}

function checkDigest({ file, digest, urls, declaredIn }: SourceRequest): void {
  const length = digest.algorithm === 'sha512' ? 128 : 64;
  if (isPlaceholderDigest(digest.hex))
    throw new UserError(
      `${declaredIn === undefined ? '' : `${declaredIn}: `}the digest of ${file} is not known yet: it is all zeros.`,
      {
        hint: `Write it: npm run sources -- --update ${declaredIn ?? '<definition>'}`,
      },
    );
  if (!new RegExp(`^[0-9a-f]{${length}}$`).test(digest.hex))
    throw new UserError(`${file}: ${JSON.stringify(digest.hex)} is no ${digest.algorithm}: ${length} hex digits.`, {
      hint: 'Correct the digest in image.yaml.',
    });
  if (urls.length === 0) throw new UserError(`${file} has no URL.`, { hint: 'Add one to its `urls` in image.yaml.' });
}

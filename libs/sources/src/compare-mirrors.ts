import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, withTemporaryDirectory } from '@dockyard/exec';
import { DiskError, download } from './download.ts';
import type { FetchContext } from './fetch-context.ts';
import { fetchContext, type FetchOptions } from './fetch-sources.ts';
import { shownUrl } from './http-client.ts';
import type { Location } from './locations.ts';
import { checkFileName } from './names.ts';
import type { SourceDigest, SourceRequest } from './request.ts';
import { inRounds, NoUrlWorked } from './rounds.ts';
import { checkSignature } from './signature.ts';
import { cannotUse, hashFile } from './store.ts';

/** A file whose digest is asked for. */
export interface MirroredFile extends Omit<SourceRequest, 'digest' | 'size'> {
  /** Of the digest wanted. */
  readonly algorithm: SourceDigest['algorithm'];
}

/** What the mirrors of a file serve, all the same. */
export interface Served {
  readonly digest: SourceDigest;
  readonly size: number;
  /** Where it was fetched from, as messages show it. */
  readonly from: readonly string[];
  /** URLs of the definition that gave no file, and why. */
  readonly failed: readonly { readonly url: string; readonly reason: string }[];
  /** A signature was asked for, and is good. */
  readonly signed: boolean;
  /** Nothing but plain HTTP and no signature vouches for the bytes. */
  readonly unauthenticated: boolean;
}

/** What one place gave. */
interface Copy {
  readonly location: Location;
  readonly path: string;
  readonly hex: string;
  readonly size: number;
}

/**
 * Fetches a file from every one of its URLs, whatever the store has, and compares what they serve. A `debian:` URL is asked
 * for on every mirror, and one that has it is enough. What they agree on is left in the store, so that the build has it.
 *
 * @param file name, URLs, wanted digest algorithm, signature
 * @param options as {@link fetchSources} takes them
 * @returns the digest and where it came from
 * @throws {UserError} no URL gives the file, two serve different bytes, or the signature is not good
 * @throws the reason of `signal`
 */
export async function compareMirrors(file: MirroredFile, options: FetchOptions = {}): Promise<Served> {
  checkFileName(file.file);
  const context = fetchContext(options);
  try {
    return await withTemporaryDirectory(join(context.store.root, 'partial'), 'mirrors-', (folder) =>
      compare(file, folder, context),
    ).catch((error: unknown) => {
      throw error instanceof DiskError ? cannotUse(context.store.root, error) : error;
    });
  } finally {
    context.http.close();
  }
}

async function compare(file: MirroredFile, folder: string, context: FetchContext): Promise<Served> {
  const copies: Copy[] = [];
  const failed: { url: string; reason: string }[] = [];
  for (const url of file.urls) {
    const reasons: string[] = [];
    const before = copies.length;
    for (const location of await context.locator.locate([url])) {
      if (location.fallback === true && copies.length > before) continue;
      const copy = await copyOf(file, location, join(folder, String(copies.length)), context);
      if (typeof copy === 'string') reasons.push(copy);
      else copies.push(copy);
    }
    if (copies.length === before) failed.push({ url: shownUrl(url), reason: [...new Set(reasons)].join('; ') });
  }
  const [first] = copies;
  if (first === undefined) {
    throw new UserError(
      `${file.file} is on none of its mirrors:\n${failed.map(({ url, reason }) => `  ${url}\n    ${reason}`).join('\n')}`,
      {
        hint: 'Where upstream has withdrawn the release, or not yet uploaded it, there is nothing to build: wait, or take another version.',
      },
    );
  }
  const other = copies.find(({ hex }) => hex !== first.hex);
  if (other !== undefined) {
    const shown = ({ location, hex, size }: Copy): string =>
      `  ${shownUrl(location.name)}\n    ${file.algorithm} ${hex}, ${size} bytes`;
    throw new UserError(`${file.file}: two of its mirrors serve different bytes:\n${shown(first)}\n${shown(other)}`, {
      hint: 'Find out which of them is what upstream released. The other is no mirror of it: take it out of `urls`.',
    });
  }
  const digest = { algorithm: file.algorithm, hex: first.hex };
  if (file.signature !== undefined) await checkSignature({ ...file, digest }, file.signature, first.path, context);
  await context.store.adopt(first.path, digest, [...new Set(copies.map(({ location }) => location.url))]);
  return {
    digest,
    size: first.size,
    from: copies.map(({ location }) => shownUrl(location.name)),
    failed,
    signed: file.signature !== undefined,
    unauthenticated: file.signature === undefined && copies.every(({ location }) => location.insecure),
  };
}

/** Downloads from one place; why it can't, where it can't. */
async function copyOf(
  file: MirroredFile,
  location: Location,
  path: string,
  context: FetchContext,
): Promise<Copy | string> {
  const { signal, limits, report } = context;
  const request = { signal, stallMs: limits.stallMs, insecure: location.insecure };
  try {
    await inRounds(file.file, [location], context, async () => {
      report({ type: 'start', file: file.file, url: shownUrl(location.name) });
      await download(context.http, await location.find(request), path, {
        ...request,
        onBytes: (received, size) => report({ type: 'progress', file: file.file, received, size }),
      });
    });
  } catch (error) {
    if (error instanceof NoUrlWorked) return error.reasons.get(location) ?? error.message;
    throw error;
  }
  const { size } = await stat(path);
  report({ type: 'fetched', file: file.file, url: shownUrl(location.name), size });
  return { location, path, hex: await hashFile(path, file.algorithm), size };
}

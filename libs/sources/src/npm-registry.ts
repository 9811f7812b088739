import type { HttpClient, HttpRequest } from './http-client.ts';
import { TransferError } from './transfer-error.ts';

/** One version of an npm package. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
}

/** Reads `npm:name@1.2.3` or `npm:@scope/name@1.2.3`; undefined when it is something else, a range for instance. */
export function parseNpmUrl(url: string): NpmPackage | undefined {
  const match = /^npm:((?:@[a-z0-9._-]+\/)?[a-z0-9._-]+)@(\d+\.\d+\.\d+[0-9A-Za-z.+-]*)$/.exec(url);
  return match?.[1] === undefined || match[2] === undefined ? undefined : { name: match[1], version: match[2] };
}

/**
 * Asks an npm registry where a version's tarball lies.
 *
 * @param http client
 * @param registry base URL
 * @param wanted package and version
 * @param request limits
 * @throws {TransferError} the registry doesn't have it, or can't be asked now
 */
export async function npmTarball(
  http: HttpClient,
  registry: string,
  wanted: NpmPackage,
  request: HttpRequest,
): Promise<string> {
  const url = `${registry.replace(/\/*$/, '/')}${wanted.name.replace('/', '%2f')}`;
  // The short form holds all that npm itself needs to install.
  const headers = { accept: 'application/vnd.npm.install-v1+json, application/json;q=0.8' };
  const text = (await http.bytes(url, { ...request, headers })).toString();
  let document: { versions?: Record<string, { dist?: { tarball?: unknown } } | undefined> };
  try {
    document = JSON.parse(text) as typeof document;
  } catch (error) {
    throw new TransferError('the registry did not answer with JSON', { cause: error });
  }
  const tarball = document.versions?.[wanted.version]?.dist?.tarball;
  if (typeof tarball !== 'string')
    throw new TransferError(`the registry has no ${wanted.name} ${wanted.version}`, { permanent: true });
  return tarball;
}

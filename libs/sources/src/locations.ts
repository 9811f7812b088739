import { type Exec, UserError } from '@dockyard/exec';
import { type DebianMirror, findDebianMirrors, type MirrorOptions, poolUrls } from './debian-mirrors.ts';
import type { HttpClient, HttpRequest } from './http-client.ts';
import { npmTarball, parseNpmUrl } from './npm-registry.ts';
import { TransferError } from './transfer-error.ts';

/** One place where a file may lie. */
export interface Location {
  /** As messages name it. */
  readonly name: string;
  /** The URL of the definition that leads there. */
  readonly url: string;
  /** Plain http: is taken. */
  readonly insecure: boolean;
  /** Asked once, when the others have failed; that it can't be reached proves nothing. */
  readonly fallback?: boolean;
  /** The HTTP URL; asked for at each attempt. */
  find(request: HttpRequest): Promise<string>;
}

/** Turns the URLs of a definition into places to ask, in order. */
export class Locator {
  readonly #exec: Exec;
  readonly #http: HttpClient;
  readonly #options: MirrorOptions;
  #mirrors: Promise<DebianMirror[]> | undefined;
  #registry: Promise<string> | undefined;

  constructor(exec: Exec, http: HttpClient, options: MirrorOptions) {
    this.#exec = exec;
    this.#http = http;
    this.#options = options;
  }

  /** @param urls as in a definition; a `debian:` one becomes one place a mirror */
  async locate(urls: readonly string[]): Promise<Location[]> {
    return (await Promise.all(urls.map((url) => this.#locate(url)))).flat();
  }

  async #locate(url: string): Promise<Location[]> {
    if (url.startsWith('npm:')) return [this.#npm(url)];
    if (!url.startsWith('debian:')) return [{ name: url, url, insecure: false, find: () => Promise.resolve(url) }];
    const path = url.slice('debian:'.length);
    if (!/^pool\/./.test(path) || path.split('/').includes('..'))
      return [broken(url, 'a debian: URL must be debian:pool/…')];
    this.#mirrors ??= findDebianMirrors(this.#exec, this.#options);
    const mirrors = await this.#mirrors.catch((error: unknown) => {
      if (error instanceof UserError) return error;
      throw error;
    });
    // Another URL of the same source may still give the file.
    if (mirrors instanceof UserError) return [broken(url, [mirrors.message, mirrors.hint ?? ''].join(' ').trim())];
    const places = poolUrls(mirrors, path);
    if (places.length === 0) return [broken(url, 'DOCKYARD_DEBIAN_MIRROR names no mirror of this archive')];
    return places.map(({ url: name, fallback }) => ({
      name,
      url,
      insecure: true,
      fallback,
      find: () => Promise.resolve(name),
    }));
  }

  #npm(url: string): Location {
    const wanted = parseNpmUrl(url);
    if (wanted === undefined) return broken(url, 'an npm: URL must be npm:package@version');
    return {
      name: url,
      url,
      insecure: false,
      find: async (request) => {
        this.#registry ??= this.#exec({ command: 'npm', args: ['config', 'get', 'registry'] }).then(({ stdout }) =>
          stdout.trim(),
        );
        return npmTarball(this.#http, await this.#registry, wanted, request);
      },
    };
  }
}

function broken(url: string, reason: string): Location {
  return {
    name: url,
    url,
    insecure: false,
    find: () => Promise.reject(new TransferError(reason, { permanent: true })),
  };
}

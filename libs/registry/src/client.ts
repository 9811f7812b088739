import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MEDIA_TYPES, type Descriptor, type Digest } from '@dockyard/oci';
import { namedUrl } from '@dockyard/sources';
import type { CredentialStore } from './credentials.ts';
import { networkError, RegistryError } from './errors.ts';
import { type Answer, BEHIND_PROXY, discard, readBytes } from './http.ts';
import { apiUrl, type RepositoryName, repositoryText } from './reference.ts';
import { PATIENCE, type Patience, retrying } from './retry.ts';
import { type Request, Session } from './session.ts';
import { collectTags, readTagPage, type TagPage } from './tag-pages.ts';

/** A manifest as a registry keeps it. */
export interface Manifest {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

/** What {@link Client.pushBlob} found or did. */
export type Pushed = 'present' | 'mounted' | 'uploaded';

/** Milliseconds that a registry may be silent. */
const SILENCE = 60_000;
/** Registries refuse larger ones (OCI distribution spec 1.1, "Pushing Manifests"). */
const MOST_MANIFEST = 4 << 20;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MANIFEST_TYPES = [
  MEDIA_TYPES.index,
  MEDIA_TYPES.manifest,
  MEDIA_TYPES.dockerManifestList,
  MEDIA_TYPES.dockerManifest,
].join(', ');

export interface ClientOptions {
  readonly credentials?: CredentialStore;
  readonly patience?: Partial<Patience>;
  /** Milliseconds that a registry may be silent; default 60,000. */
  readonly silenceMs?: number;
  /** Bytes a second: what moves a blob slower than that, once `silenceMs` are over, is given up. By default nothing is. */
  readonly slowest?: number;
  /** Takes a line where something is tried again. */
  readonly report?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * A client of registries (OCI distribution spec 1.1). Every call is tried again while the failure may pass, from its beginning; everything
 * that is read is verified by its digest. There is no kept npm package that streams blobs and mounts them, and skopeo, which does, is not on
 * a developer's machine and decides by itself what is pushed in which order.
 */
export class Client {
  readonly #session: Session;
  readonly #patience: Patience;
  readonly #report: (line: string) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #silenceMs: number;
  readonly #slowest: number;

  constructor(o: ClientOptions = {}) {
    this.#silenceMs = o.silenceMs ?? SILENCE;
    this.#slowest = o.slowest ?? 0;
    this.#session = new Session({ ...o, silenceMs: this.#silenceMs });
    this.#patience = { ...PATIENCE, ...o.patience };
    this.#report = o.report ?? (() => undefined);
    this.#signal = o.signal;
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** Milliseconds since 1970 by a registry's own clock ({@link Session.now}). */
  now({ registry }: RepositoryName): number {
    return this.#session.now(registry);
  }

  /** Whether a repository has a blob. */
  async hasBlob(repository: RepositoryName, digest: Digest): Promise<boolean> {
    const answer = await this.#send('HEAD', repository, `blobs/${digest}`, { accept: [200, 404] });
    discard(answer);
    return answer.status === 200;
  }

  /**
   * Reads a blob into a file, which appears only when it is whole and has its digest.
   *
   * @param path absolute; replaced where it exists
   * @throws {RegistryError} it isn't there, or isn't what its digest says
   */
  async pullBlob(repository: RepositoryName, { digest, size }: Descriptor, path: string): Promise<void> {
    const temporary = `${path}.part`;
    await this.#retrying(async () => {
      const what = `GET blob ${digest} of ${repositoryText(repository)}`;
      const { signal, end } = this.#deadline(size, what);
      const hash = createHash('sha256');
      let read = 0;
      try {
        const { body } = await this.#once('GET', repository, `blobs/${digest}`, { what, signal });
        await pipeline(
          body,
          async function* (source: AsyncIterable<Uint8Array>) {
            for await (const chunk of source) {
              read += chunk.length;
              if (read > size)
                throw new RegistryError(`${what}: it is larger than ${String(size)} bytes`, { transient: false });
              hash.update(chunk);
              yield chunk;
            }
          },
          createWriteStream(temporary),
          { signal },
        );
        const found = `sha256:${hash.digest('hex')}`;
        if (found !== digest)
          throw new RegistryError(`${what}: the bytes have another digest: ${found}`, { transient: read < size });
        await rename(temporary, path);
      } catch (error) {
        await rm(temporary, { force: true });
        signal.throwIfAborted();
        throw isOfDisk(error) ? error : networkError(what, error);
      } finally {
        end();
      }
    });
  }

  /**
   * Makes sure that a repository has a blob, with as few bytes as possible.
   *
   * @param path absolute path of its bytes
   * @param o.from repositories of the same registry that may have it; it is mounted from there
   */
  pushBlob(
    repository: RepositoryName,
    blob: Descriptor,
    path: string,
    o: { from?: readonly RepositoryName[] } = {},
  ): Promise<Pushed> {
    return this.#push(repository, blob, () => createReadStream(path), o.from ?? []);
  }

  /** Makes sure that a repository has a small blob. */
  pushBytes(repository: RepositoryName, blob: Descriptor, bytes: Uint8Array): Promise<Pushed> {
    return this.#push(repository, blob, bytes, []);
  }

  #push(
    repository: RepositoryName,
    { digest, size }: Descriptor,
    body: Uint8Array | (() => Readable),
    mounts: readonly RepositoryName[],
  ): Promise<Pushed> {
    return this.#retrying(async () => {
      const head = await this.#once('HEAD', repository, `blobs/${digest}`, { accept: [200, 404] });
      discard(head);
      if (head.status === 200) return 'present';
      for (const from of mounts) {
        if (from.registry !== repository.registry || from.name === repository.name) continue;
        if (await this.#mount(repository, digest, from)) return 'mounted';
      }
      const started = await this.#once('POST', repository, 'blobs/uploads/', { push: true, accept: [202] });
      discard(started);
      const what = `uploading blob ${digest} to ${repositoryText(repository)}`;
      const { signal, end } = this.#deadline(size, what);
      const sent = await this.#session
        .send({
          ...this.#request('PATCH', repository, { push: true, what, accept: [202], signal }),
          url: locationOf(started, what),
          headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
          body,
        })
        .finally(end);
      discard(sent);
      const url = locationOf(sent, what);
      url.searchParams.set('digest', digest);
      const put = this.#request('PUT', repository, { push: true, what, accept: [201, 204] });
      discard(await this.#session.send({ ...put, url, headers: { 'content-length': '0' } }));
      return 'uploaded';
    });
  }

  /** A tag's or digest's manifest, as far as a HEAD tells; undefined where there is none. */
  async findManifest(repository: RepositoryName, reference: string): Promise<Digest | undefined> {
    const answer = await this.#send('HEAD', repository, `manifests/${reference}`, {
      accept: [200, 404],
      headers: { accept: MANIFEST_TYPES },
    });
    discard(answer);
    if (answer.status === 404) return undefined;
    const digest = contentDigest(answer);
    if (digest !== undefined) return digest;
    return (await this.pullManifest(repository, reference))?.descriptor.digest;
  }

  /**
   * Reads a manifest or an index.
   *
   * @param reference tag or digest
   * @returns undefined where there is none
   * @throws {RegistryError} it isn't what its digest says
   */
  async pullManifest(repository: RepositoryName, reference: string): Promise<Manifest | undefined> {
    return this.#retrying(async () => {
      const what = `GET manifest ${reference} of ${repositoryText(repository)}`;
      const answer = await this.#once('GET', repository, `manifests/${reference}`, {
        accept: [200, 404],
        headers: { accept: MANIFEST_TYPES },
        what,
      });
      if (answer.status === 404) {
        discard(answer);
        return undefined;
      }
      const bytes = await readBytes(answer.body, MOST_MANIFEST).catch((error: unknown) => {
        throw networkError(what, error);
      });
      const digest: Digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
      const expected = reference.startsWith('sha256:') ? reference : contentDigest(answer);
      if (expected !== undefined && expected !== digest)
        throw new RegistryError(`${what}: the bytes have another digest: ${digest}`, { transient: false });
      const mediaType = answer.headers['content-type'];
      return {
        descriptor: {
          mediaType: typeof mediaType === 'string' ? mediaType.replace(/\s*;.*/, '') : '',
          digest,
          size: bytes.length,
        },
        bytes,
      };
    });
  }

  /**
   * Writes a manifest or an index, whose blobs or manifests must be there already.
   *
   * @param reference tag or digest
   * @returns whether the registry has noted that the manifest refers to its subject (`OCI-Subject`)
   */
  async pushManifest(
    repository: RepositoryName,
    reference: string,
    mediaType: string,
    bytes: Uint8Array,
  ): Promise<boolean> {
    const answer = await this.#send('PUT', repository, `manifests/${reference}`, {
      push: true,
      accept: [201],
      headers: { 'content-type': mediaType },
      body: bytes,
    });
    discard(answer);
    return answer.headers['oci-subject'] !== undefined;
  }

  /**
   * All tags of a repository; none where it doesn't exist.
   *
   * @throws {RegistryError} what the registry lists are no tags, or its pages never end
   */
  tags(repository: RepositoryName): Promise<string[]> {
    const what = `GET tags of ${repositoryText(repository)}`;
    return collectTags(what, (query) =>
      this.#retrying(async (): Promise<TagPage> => {
        const answer = await this.#once('GET', repository, `tags/list${query}`, { accept: [200, 404], what });
        if (answer.status === 200) return readTagPage(answer, what);
        discard(answer);
        return { tags: [], next: undefined };
      }),
    );
  }

  /**
   * Removes a manifest with all its tags.
   *
   * @returns `unsupported` where the registry removes nothing
   */
  async deleteManifest(repository: RepositoryName, digest: Digest): Promise<'deleted' | 'absent' | 'unsupported'> {
    const answer = await this.#send('DELETE', repository, `manifests/${digest}`, {
      actions: 'delete',
      accept: [202, 200, 404, 400, 405],
    });
    discard(answer);
    // The specification names both for registries that delete nothing.
    if (answer.status === 405 || answer.status === 400) return 'unsupported';
    return answer.status === 404 ? 'absent' : 'deleted';
  }

  async #mount(repository: RepositoryName, digest: Digest, from: RepositoryName): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from: from.name });
    // A registry that can't mount begins an upload, which nobody goes on with; one that lets us not read there, or its token server, says so.
    const refused = [401, 403, 404];
    try {
      const answer = await this.#once('POST', repository, `blobs/uploads/?${query.toString()}`, {
        push: true,
        scopes: [`repository:${from.name}:pull`],
        accept: [201, 202],
      });
      discard(answer);
      return answer.status === 201;
    } catch (error) {
      if (error instanceof RegistryError && refused.includes(error.status ?? 0)) return false;
      throw error;
    }
  }

  /** A signal that gives up what moves so many bytes too slowly. */
  #deadline(size: number, what: string): { signal: AbortSignal; end: () => void } {
    const controller = new AbortController();
    const tooSlow = (): void => {
      controller.abort(
        new RegistryError(`${what}: slower than ${String(this.#slowest)} bytes a second`, { transient: true }),
      );
    };
    const timer = this.#slowest > 0 ? setTimeout(tooSlow, this.#silenceMs + (size / this.#slowest) * 1000) : undefined;
    return {
      signal: this.#signal === undefined ? controller.signal : AbortSignal.any([controller.signal, this.#signal]),
      end: () => {
        clearTimeout(timer);
      },
    };
  }

  #retrying<T>(attempt: () => Promise<T>): Promise<T> {
    return retrying(attempt, {
      patience: this.#patience,
      report: this.#report,
      ...(this.#signal !== undefined && { signal: this.#signal }),
    });
  }

  #send(method: Request['method'], repository: RepositoryName, path: string, o: Ask): Promise<Answer> {
    return this.#retrying(() => this.#once(method, repository, path, o));
  }

  #once(method: Request['method'], repository: RepositoryName, path: string, o: Ask): Promise<Answer> {
    const url = new URL(`${repository.name}/${path}`, apiUrl(repository.registry));
    const what = o.what ?? `${method} ${path.replace(/[?].*/, '')} of ${repositoryText(repository)}`;
    return this.#session.send({ ...this.#request(method, repository, { ...o, what }), url });
  }

  #request(method: Request['method'], repository: RepositoryName, o: Ask & { what: string }): Omit<Request, 'url'> {
    const { push = false, actions = push ? 'pull,push' : 'pull', scopes = [], ...rest } = o;
    return {
      method,
      repository,
      scopes: [`repository:${repository.name}:${actions}`, ...scopes],
      ...(this.#signal !== undefined && { signal: this.#signal }),
      ...rest,
    };
  }
}

interface Ask {
  readonly push?: boolean;
  /** What the token must allow; default by `push`. */
  readonly actions?: string;
  /** Further scopes. */
  readonly scopes?: readonly string[];
  readonly accept?: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly what?: string;
  readonly signal?: AbortSignal;
}

/** Where an upload goes on: wherever the registry says, as far as {@link namedUrl} lets it. */
function locationOf({ headers: { location }, url }: Answer, what: string): URL {
  const named = typeof location === 'string' ? namedUrl(location, url) : { refused: 'it names none' };
  if ('url' in named) return named.url;
  throw new RegistryError(`${what}: the registry names no place to send it to: ${named.refused}`, {
    transient: false,
    hint: BEHIND_PROXY,
  });
}

/** The digest that a registry says a manifest has; undefined where it says none that is known here. */
function contentDigest({ headers }: Answer): Digest | undefined {
  const digest = headers['docker-content-digest'];
  return typeof digest === 'string' && DIGEST.test(digest) ? (digest as Digest) : undefined;
}

function isOfDisk(error: unknown): boolean {
  return (
    error instanceof Error &&
    'syscall' in error &&
    error.syscall === 'write' &&
    'code' in error &&
    error.code === 'ENOSPC'
  );
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '@dockyard/exec';
import lockfile from 'proper-lockfile';
import { codeOf } from './error-code.ts';
import type { SourceDigest } from './request.ts';
import { ServedUrls } from './served.ts';

const LOCK_STALE_MS = 15_000;
const LOCK_POLL_MS = 100;

/** What is wrong with a file that has not the digest it should have. */
export interface Mismatch {
  readonly expected: string;
  readonly found: string;
}

/**
 * The folder where sources are kept, by digest: `<store>/sha256/ab/abcdef…`. Beside them it knows which URLs served them.
 * Shared by all images, checkouts and processes of a user.
 */
export class SourceStore {
  readonly root: string;
  /** Which URLs served its files. */
  readonly #served: ServedUrls;

  constructor(root: string) {
    this.root = root;
    this.#served = new ServedUrls(root);
  }

  /** Where a file of this digest lies once it is there. */
  entry(digest: SourceDigest): string {
    return join(this.root, digest.algorithm, digest.hex.slice(0, 2), digest.hex);
  }

  /** Where the bytes of a transfer that isn't complete lie. */
  partial(digest: SourceDigest): string {
    return join(this.root, 'partial', `${digest.algorithm}-${digest.hex}`);
  }

  /** Where the signature lies that was checked with a key over the file of this digest. */
  signature(digest: SourceDigest, key: Uint8Array): string {
    const name = `${digest.algorithm}-${digest.hex}-${createHash('sha256').update(key).digest('hex')}.sig`;
    return join(this.root, 'signatures', name);
  }

  /**
   * Reads an entry through and compares its digest.
   *
   * @returns 'present', 'absent', or what was found in a corrupt one, which is deleted
   */
  async check(digest: SourceDigest): Promise<'present' | 'absent' | Mismatch> {
    const path = this.entry(digest);
    const mismatch = await verifyFile(path, digest).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return 'absent' as const;
      throw cannotUse(this.root, error);
    });
    if (mismatch === undefined) return 'present';
    if (mismatch !== 'absent') await rm(path, { force: true });
    return mismatch;
  }

  /** Makes a verified partial file, which a URL of a definition served, the entry of its digest. */
  async keep(digest: SourceDigest, url: string): Promise<void> {
    return this.adopt(this.partial(digest), digest, [url]);
  }

  /** Makes a file on the store's own file system, whose digest was computed and which these URLs served, the entry of it; it is moved. */
  async adopt(file: string, digest: SourceDigest, urls: readonly string[]): Promise<void> {
    const path = this.entry(digest);
    await this.#using(async () => {
      await mkdir(dirname(path), { recursive: true });
      await chmod(file, 0o644);
      await rename(file, path);
      for (const url of urls) await this.#served.add(digest, url);
    });
  }

  /** Whether one of these URLs of a definition served the entry of this digest, now or earlier. */
  async isServedBy(digest: SourceDigest, urls: readonly string[]): Promise<boolean> {
    return this.#using(() => this.#served.includes(digest, urls));
  }

  /** The URLs that served the entry of this digest. */
  async servedBy(digest: SourceDigest): Promise<string[]> {
    return this.#using(() => this.#served.list(digest));
  }

  async #using<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw cannotUse(this.root, error);
    }
  }

  /**
   * Makes sure that one process at a time fetches a file.
   *
   * @param digest the file's
   * @param options `onWait` is called once when another process has it; `signal` of `use` is aborted when the lock is lost
   * @param use what to do meanwhile
   */
  async locked<T>(
    digest: SourceDigest,
    options: { signal: AbortSignal; onWait: () => void },
    use: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const path = this.partial(digest);
    const lost = new AbortController();
    try {
      await mkdir(dirname(path), { recursive: true });
    } catch (error) {
      throw cannotUse(this.root, error);
    }
    const take = (): Promise<() => Promise<void>> =>
      lockfile.lock(path, { realpath: false, stale: LOCK_STALE_MS, onCompromised: (error) => lost.abort(error) });
    let release: (() => Promise<void>) | undefined;
    for (let waits = 0; release === undefined; waits++) {
      options.signal.throwIfAborted();
      release = await take().catch((error: unknown) => {
        if (codeOf(error) === 'ELOCKED') return undefined;
        throw cannotUse(this.root, error);
      });
      if (release !== undefined) break;
      if (waits === 0) options.onWait();
      await sleep(LOCK_POLL_MS, undefined, { signal: options.signal });
    }
    try {
      return await use(AbortSignal.any([options.signal, lost.signal]));
    } finally {
      if (!lost.signal.aborted) await release();
    }
  }
}

/**
 * Where sources are kept unless the caller says otherwise: `DOCKYARD_STORE`, else `dockyard/sources` in the user's cache folder.
 *
 * @param env environment; default `process.env`
 */
export function defaultStore(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const set = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  return set('DOCKYARD_STORE') ?? join(set('XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'dockyard', 'sources');
}

/**
 * Compares a file with a digest.
 *
 * @returns nothing when it matches
 * @throws {NodeJS.ErrnoException} it can't be read
 */
export async function verifyFile(path: string, digest: SourceDigest): Promise<Mismatch | undefined> {
  const found = await hashFile(path, digest.algorithm);
  return found === digest.hex ? undefined : { expected: digest.hex, found };
}

/**
 * Computes the digest of a file.
 *
 * @returns lower-case hex
 * @throws {NodeJS.ErrnoException} it can't be read
 */
export async function hashFile(path: string, algorithm: SourceDigest['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The store failed us, not the network: trying again elsewhere is of no use. */
export function cannotUse(root: string, error: unknown): UserError {
  return new UserError(`The source store ${root} can't be used: ${(error as Error).message}`, {
    hint: 'Check its space and rights, or set DOCKYARD_STORE to another folder.',
    cause: error,
  });
}

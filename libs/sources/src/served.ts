import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '@dockyard/exec';
import { codeOf } from './error-code.ts';
import type { SourceDigest } from './request.ts';

/**
 * What the store knows of where its files came from: `<store>/served/<algorithm>-<hex>/<sha256 of the URL>`, each a file
 * with the URL. A digest vouches for bytes, and not for the name and version that somebody writes beside it: only the
 * place that served the bytes under such a name does. A record is written after a transfer, and by nothing else.
 */
export class ServedUrls {
  readonly #folder: string;

  /** @param store the store's folder */
  constructor(store: string) {
    this.#folder = join(store, 'served');
  }

  /**
   * Notes that a URL served a file of this digest.
   *
   * @param url as a definition has it, expanded: `debian:…` for whichever mirror it was
   * @throws {NodeJS.ErrnoException} it can't be written
   */
  async add(digest: SourceDigest, url: string): Promise<void> {
    if (!(await this.includes(digest, [url]))) await writeFileAtomic(this.#path(digest, url), `${url}\n`);
  }

  /** Whether one of these URLs is known to have served a file of this digest. */
  async includes(digest: SourceDigest, urls: readonly string[]): Promise<boolean> {
    const known = urls.map((url) =>
      stat(this.#path(digest, url)).then(
        () => true,
        (error: unknown) => {
          if (codeOf(error) === 'ENOENT') return false;
          throw error;
        },
      ),
    );
    return (await Promise.all(known)).includes(true);
  }

  /** Lists the URLs that served a file of this digest. */
  async list(digest: SourceDigest): Promise<string[]> {
    const folder = this.#digestFolder(digest);
    const names = await readdir(folder).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    });
    const urls = await Promise.all(
      // One that is being written has a name with a dot.
      names
        .filter((name) => !name.startsWith('.'))
        .map(async (name) => (await readFile(join(folder, name), 'utf8')).trim()),
    );
    return urls.sort();
  }

  #digestFolder({ algorithm, hex }: SourceDigest): string {
    return join(this.#folder, `${algorithm}-${hex}`);
  }

  #path(digest: SourceDigest, url: string): string {
    return join(this.#digestFolder(digest), createHash('sha256').update(url).digest('hex'));
  }
}

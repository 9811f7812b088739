import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import type { Digest } from '../types.ts';

/** Passes bytes on, and knows their digest and number. */
export class Sum extends Transform {
  readonly #hash = createHash('sha256');
  #digest: Digest | undefined;
  size = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    this.size += chunk.length;
    done(null, chunk);
  }

  /** Digest of all bytes, once they are through. */
  digest(): Digest {
    this.#digest ??= `sha256:${this.#hash.digest('hex')}`;
    return this.#digest;
  }
}

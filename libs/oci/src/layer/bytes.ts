/** Reads a stream of bytes in pieces of the length that the reader wants. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #position = 0;

  /** @param source the stream */
  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** How many bytes were read so far. */
  get position(): number {
    return this.#position;
  }

  /**
   * The next bytes, in as many pieces as they arrive in.
   *
   * @param length how many
   * @throws Error where the stream ends before
   */
  async *pieces(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = length; left > 0;) {
      if (this.#chunk.length === 0 && !(await this.#fill())) throw new Error('the archive ends in the middle');
      const piece = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(piece.length);
      this.#position += piece.length;
      left -= piece.length;
      yield piece;
    }
  }

  /**
   * The next bytes at once.
   *
   * @param length how many; a small number
   * @returns undefined where the stream is at its end
   * @throws Error where the stream ends in the middle of them
   */
  async take(length: number): Promise<Buffer | undefined> {
    if (this.#chunk.length === 0 && !(await this.#fill())) return undefined;
    const pieces: Uint8Array[] = [];
    for await (const piece of this.pieces(length)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Reads bytes and drops them; see {@link pieces}. */
  async skip(length: number): Promise<void> {
    for await (const _ of this.pieces(length));
  }

  /** Reads to the end of the stream. */
  async drain(): Promise<void> {
    do this.#position += this.#chunk.length;
    while (await this.#fill());
  }

  async #fill(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) {
        this.#chunk = new Uint8Array(0);
        return false;
      }
      this.#chunk = next.value;
      if (this.#chunk.length > 0) return true;
    }
  }
}

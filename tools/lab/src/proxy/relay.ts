import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const STEPS_PER_SECOND = 20;

export interface RelayOptions {
  /** Called with the size of each part once it is written. */
  readonly onBytes: (bytes: number) => void;
  /** Bytes after which it stops, leaving both streams as they are; all when absent. */
  readonly limit?: number;
  /** All at once when absent. */
  readonly bytesPerSecond?: number;
  /** Ends the waiting between parts. */
  readonly signal: AbortSignal;
}

/**
 * Copies a stream, no faster than its sink takes it, and ends neither.
 *
 * @param source read from
 * @param sink written to
 * @param options limit and speed
 * @returns whether the limit stopped it
 * @throws {Error} either stream broke, or the signal was aborted
 */
export async function relay(source: Readable, sink: Writable, options: RelayOptions): Promise<boolean> {
  const { limit = Infinity, bytesPerSecond, signal } = options;
  const step = bytesPerSecond === undefined ? Infinity : Math.max(1, Math.floor(bytesPerSecond / STEPS_PER_SECOND));
  let passed = 0;
  if (limit === 0) return true;
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    for (let start = 0; start < chunk.length;) {
      const part = chunk.subarray(start, start + Math.min(step, limit - passed));
      await write(sink, part, signal);
      options.onBytes(part.length);
      start += part.length;
      passed += part.length;
      if (passed >= limit) return true;
      if (bytesPerSecond !== undefined) await sleep((part.length / bytesPerSecond) * 1000, undefined, { signal });
    }
  }
  return false;
}

/** Resolves once the part has left this process; a message whose socket is gone may never say so, hence the signal. */
function write(sink: Writable, part: Uint8Array, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('the other side is gone'));
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    sink.write(part, (error) => {
      signal.removeEventListener('abort', abort);
      if (error) reject(error);
      else resolve();
    });
  });
}

import { TransferError } from './transfer-error.ts';

/** Aborts what it watches when nothing happens for a while, or when the caller does. */
export class Watchdog {
  readonly signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;

  /**
   * @param ms how long nothing may happen
   * @param signal the caller's
   */
  constructor(ms: number, signal: AbortSignal) {
    const stalled = new AbortController();
    const reason = new TransferError(`nothing came for ${ms / 1000} s`);
    this.#timer = setTimeout(() => stalled.abort(reason), ms);
    this.signal = AbortSignal.any([stalled.signal, signal]);
  }

  /** Something happened. */
  touch(): void {
    this.#timer.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

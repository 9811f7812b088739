/** Why a command was ended. */
export class Cancelled extends Error {
  readonly by: string;

  /** @param by the signal's name */
  constructor(by: string) {
    super(`Ended by ${by}.`);
    this.name = 'Cancelled';
    this.by = by;
  }
}

/** Aborted by the first Ctrl-C or SIGTERM that this process gets: external commands end, what was started is stopped. */
export const cancellation = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // Whoever asks twice doesn't want to wait for the end in good order.
    if (cancellation.signal.aborted) process.exit(130);
    console.error('\nStopping … (a second Ctrl-C stops at once)');
    cancellation.abort(new Cancelled(signal));
  });
}

/**
 * When the command began that a person typed: dockyard.mjs notes it before anything is installed.
 *
 * @param env environment
 * @returns milliseconds since 1970; without that note, the start of this process
 */
export function commandStarted(env: Readonly<Record<string, string | undefined>>): number {
  const noted = Number(env['DOCKYARD_STARTED']);
  return Number.isFinite(noted) && noted > 0 ? noted : performance.timeOrigin;
}

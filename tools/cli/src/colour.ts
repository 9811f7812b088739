/**
 * The environment that tells programs whose output we pass on whether to colour it: as they would on our own stdout.
 *
 * @param terminal whether our stdout is one
 */
export function colourEnvironment(terminal: boolean = process.stdout.isTTY): Record<string, string> {
  if (process.env['NO_COLOR'] !== undefined || process.env['FORCE_COLOR'] !== undefined) return {};
  return terminal ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
}

/**
 * The same for Nx, which colours the output of its tasks unless FORCE_COLOR says no, whatever NO_COLOR says.
 *
 * @param terminal whether our stdout is one
 * @param env environment
 */
export function nxColourEnvironment(
  terminal: boolean = process.stdout.isTTY,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string | undefined> {
  const forced = env['NO_COLOR'] === undefined ? env['FORCE_COLOR'] : '0';
  // Node warns where both are set.
  return { FORCE_COLOR: forced ?? (terminal ? '1' : '0'), NO_COLOR: undefined };
}

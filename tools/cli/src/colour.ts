/**
 * The environment that tells programs whose output we pass on whether to colour it: as they would on our own stdout.
 *
 * @param terminal whether our stdout is one
 */
export function colourEnvironment(terminal: boolean = process.stdout.isTTY): Record<string, string> {
  if (process.env['NO_COLOR'] !== undefined || process.env['FORCE_COLOR'] !== undefined) return {};
  return terminal ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
}

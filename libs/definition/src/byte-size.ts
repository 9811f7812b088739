const UNITS: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9 };

/** A size as definitions state it; {@link parseSize} reads it. */
export const SIZE = /^(\d{1,6}(?:\.\d{1,2})?) (kB|MB|GB)$/;

/**
 * Reads a size.
 *
 * @param text such as `31.9 MB`; units are those of SI
 * @returns bytes; undefined for any other text
 */
export function parseSize(text: string): number | undefined {
  const [, number, unit = ''] = SIZE.exec(text) ?? [];
  const factor = UNITS[unit];
  return number === undefined || factor === undefined ? undefined : Math.round(Number(number) * factor);
}

/**
 * Writes a size as definitions state it, with three digits: what `parseSize` reads again differs by less than half a percent.
 *
 * @param bytes zero or more
 * @returns such as `31.9 MB`
 */
export function formatSize(bytes: number): string {
  const [unit, factor] = bytes < 999_500 ? ['kB', 1e3] : bytes < 999_500_000 ? ['MB', 1e6] : ['GB', 1e9];
  const number = bytes / factor;
  return `${String(number >= 100 ? Math.round(number) : Number(number.toPrecision(3)))} ${unit}`;
}

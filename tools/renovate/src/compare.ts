import type { Expected } from './expected.ts';
import type { Extracted } from './extract.ts';

/** Why Renovate leaves a dependency alone that it sees, as it should. */
const INTENDED = [
  // endOfLife has passed.
  'disabled',
  'package-rules',
];

/**
 * Finds the pins that Renovate would never raise.
 *
 * @param expected what the workspace pins
 * @param extracted what Renovate sees
 * @returns a sentence for each, in the order of `expected`
 */
export function findUnseen(expected: readonly Expected[], extracted: readonly Extracted[]): string[] {
  return expected.flatMap((pin) => {
    const named = extracted.filter((one) => one.name === pin.name && inFiles(one.file, pin.files));
    const seen = named.find(
      ({ value, digest }) =>
        (pin.value === undefined || value === pin.value) && (pin.digest === undefined || digest === pin.digest),
    );
    const title = `${pin.files[0] ?? ''}: ${[pin.name, pin.value, pin.digest].filter((part) => part !== undefined).join(' ')}`;
    if (seen === undefined) {
      const others = named.map(({ value = '', digest = '' }) => `${value} ${digest}`.trim());
      return [`${title} is not seen by Renovate${others.length > 0 ? `, which found ${others.join(', ')}` : ''}`];
    }
    if (seen.skipReason === undefined || INTENDED.includes(seen.skipReason)) return [];
    return [`${title} is seen by Renovate, and skipped: ${seen.skipReason}`];
  });
}

/** `images/php/` stands for every file below it. */
function inFiles(file: string, files: readonly string[]): boolean {
  return files.some((one) => (one.endsWith('/') ? file.startsWith(one) : file === one));
}

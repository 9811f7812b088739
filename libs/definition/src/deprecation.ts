import type { Definition } from './definition.ts';

/**
 * Says of an image that is to be given up when that is and what to use in its place. It doesn't depend on today, so labels and READMEs made
 * of it stay the same.
 *
 * @returns one line of plain text, `Deprecated: redis is maintained until 2027-06-30. Use valkey instead.`, with the definition's message
 *   behind it; undefined for an image that isn't deprecated
 */
export function deprecationNotice({ image, deprecated }: Pick<Definition, 'image' | 'deprecated'>): string | undefined {
  if (deprecated === undefined) return undefined;
  const { until, replacement, message } = deprecated;
  return [
    `Deprecated: ${image} is maintained until ${until}.`,
    ...(replacement === undefined ? [] : [`Use ${replacement} instead.`]),
    ...(message === undefined ? [] : [message]),
  ].join(' ');
}

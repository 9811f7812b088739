import type { Definition } from './definition.ts';

/**
 * Says of a release line that upstream no longer maintains it.
 *
 * @param definition the line's definition
 * @param now the present moment; the day is that of UTC
 * @returns one line of plain text; undefined up to and on the last day, and where the definition names none
 */
export function endOfLifeNotice(
  { image, version, endOfLife }: Pick<Definition, 'image' | 'version' | 'endOfLife'>,
  now: Date,
): string | undefined {
  if (endOfLife === undefined || now.toISOString().slice(0, 10) <= endOfLife) return undefined;
  return `End of life: upstream maintained ${image} ${version} until ${endOfLife}. It gets no more updates; move to a newer line.`;
}

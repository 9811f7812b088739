import type { Definition } from './definition.ts';

/** What a registry takes as a tag (OCI distribution-spec 1.1). */
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** The repository beside those of the images that says what is published: no image may have its name. */
export const STATE_REPOSITORY = 'dockyard-state';

/**
 * Tells whose a tag is where no definition may list it.
 *
 * @param tag expanded
 * @returns what it is for: the immutable tags that publishing makes (`8.0.2-r1`), or what refers to a manifest (`sha256-…`; OCI distribution spec
 *   1.1, "Referrers Tag Schema"); undefined where any definition may have it
 */
export function reservedFor(tag: string): string | undefined {
  if (/-r\d+$/.test(tag)) return 'tags that end in -r and a number are the immutable ones, which publishing makes';
  if (/^sha(?:256|512)-/.test(tag)) return 'tags that begin with the name of a digest list what refers to an image';
  return undefined;
}

/**
 * The tags that an image's index gets.
 *
 * @returns expanded tags, each once, in the order of the definition: `["8.0.2", "8.0", "8", "latest"]`
 */
export function planTags(definition: Pick<Definition, 'tags'>): string[] {
  return [...new Set(definition.tags)];
}

import type { Definition } from './definition.ts';

/** What a registry takes as a tag (OCI distribution-spec 1.1). */
export const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/**
 * The tags that an image's index gets.
 *
 * @returns expanded tags, each once, in the order of the definition: `["8.0.2", "8.0", "8", "latest"]`
 */
export function planTags(definition: Pick<Definition, 'tags'>): string[] {
  return [...new Set(definition.tags)];
}

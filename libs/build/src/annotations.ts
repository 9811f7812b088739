import type { Definition } from '@dockyard/definition';

/** What an image says of itself beyond its definition. */
export interface Provenance {
  /** Commit id of the newest own input; empty where git can't tell. */
  readonly revision: string;
  /** Seconds since 1970-01-01 UTC. */
  readonly epoch: number;
  /** The image that the last stage is FROM. */
  readonly base?: { readonly name: string; readonly digest: string };
}

/**
 * The pre-defined annotation keys of the OCI image spec, for manifests, indexes and (as labels) image configs.
 *
 * @param definition the image definition.
 * @param provenance commit, time and base; absent for an index, which has none of its own.
 * @returns annotations in a fixed order. A value that isn't known is left out: an empty one would claim something.
 * @see https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */
export function annotationsOf(definition: Definition, provenance?: Provenance): Record<string, string> {
  const key = (name: string): string => `org.opencontainers.image.${name}`;
  return {
    [key('title')]: definition.image,
    [key('description')]: definition.description,
    [key('version')]: definition.version,
    [key('licenses')]: definition.licenses,
    [key('url')]: definition.homepage,
    [key('source')]: definition.homepage,
    ...(provenance !== undefined && { [key('created')]: new Date(provenance.epoch * 1000).toISOString() }),
    ...(provenance !== undefined && provenance.revision !== '' && { [key('revision')]: provenance.revision }),
    ...(provenance?.base !== undefined && {
      [key('base.name')]: provenance.base.name,
      [key('base.digest')]: provenance.base.digest,
    }),
  };
}

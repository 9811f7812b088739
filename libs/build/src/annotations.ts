import { deprecationNotice } from '@dockyard/definition';
import type { Subject } from '@dockyard/project';

/** What an image says of itself beyond its definition. */
export interface Provenance {
  /** Seconds since 1970-01-01 UTC. */
  readonly epoch: number;
  /** The image that the last stage is FROM. */
  readonly base?: { readonly name: string; readonly digest: string };
}

/**
 * The pre-defined annotation keys of the OCI image spec, for manifests, indexes and (as labels) image configs. The specification has none
 * for an image that is given up: `dev.dockyard.deprecated` tells people, `dev.dockyard.deprecated.until` programs.
 *
 * @param subject what the definition says.
 * @param o.repository URL of the repository that the definition lives in, see {@link repositoryOf}.
 * @param o.provenance time and base; absent for an index, which has none of its own.
 * @returns annotations in a fixed order. A value that isn't known is left out: an empty one would claim something.
 * @see https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */
export function annotationsOf(
  subject: Partial<Subject> & Pick<Subject, 'image'>,
  { repository, provenance }: { repository?: string | undefined; provenance?: Provenance },
): Record<string, string> {
  const values = {
    title: subject.title ?? subject.image,
    description: subject.description,
    version: subject.version,
    licenses: subject.licenses,
    url: subject.homepage,
    source: repository,
    created: provenance && new Date(provenance.epoch * 1000).toISOString(),
    'base.name': provenance?.base?.name,
    'base.digest': provenance?.base?.digest,
  };
  const all: Record<string, string | undefined> = {
    ...Object.fromEntries(
      Object.entries(values).map(([name, value]) => [`org.opencontainers.image.${name}`, value] as const),
    ),
    'dev.dockyard.deprecated': deprecationNotice(subject),
    'dev.dockyard.deprecated.until': subject.deprecated?.until,
  };
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

import type { Definition, SourceDefinition } from '@dockyard/definition';
import { type BuildUse, dockerfileOf, sourcesOf } from './inputs.ts';
import type { Project } from './project.ts';

/** What an image says of itself: the fields of image.yaml that end up in its annotations. */
export type Subject = Pick<
  Definition,
  'image' | 'title' | 'description' | 'version' | 'licenses' | 'homepage' | 'deprecated'
>;

/** What one build takes out of its definition: no change of anything else in there can change what it makes. */
export interface BuildProjection {
  /** Artifacts are told apart by image and version only, so that another description doesn't compile anew. */
  readonly subject: Subject | Pick<Definition, 'image' | 'version'>;
  /** The build argument, where the Dockerfile declares it. */
  readonly variant?: string;
  /** Without their URLs: the digest says what they are, wherever they come from. */
  readonly sources: readonly (Pick<SourceDefinition, 'file' | 'digest'> & { readonly key?: string })[];
  readonly bootstrap: boolean;
}

/**
 * Takes out of image.yaml what a build of one platform reads. Nx hashes this instead of the file.
 *
 * @param project the image definition.
 * @param use which build.
 * @param platform OCI platform.
 */
export function buildProjection(project: Project, use: BuildUse, platform: string): BuildProjection {
  const { definition } = project;
  const { variant } = definition;
  return {
    subject: use === 'image' ? subjectOf(definition) : { image: definition.image, version: definition.version },
    ...(variant !== undefined && dockerfileOf(project, use).parsed.args.includes('VARIANT') && { variant }),
    sources: sourcesOf(project, use, platform).map(({ file, digest, signature }) => ({
      file,
      digest,
      ...(signature !== undefined && { key: signature.key }),
    })),
    bootstrap: use === 'image' && definition.packages?.bootstrap === true,
  };
}

/** What joining takes out of image.yaml, and what was selected to be joined. */
export interface IndexProjection {
  readonly subject: Subject;
  readonly tags: readonly string[];
  readonly platforms: readonly string[];
  readonly selected: readonly string[];
}

/**
 * Takes out of image.yaml what joining the platforms reads.
 *
 * @param definition the image definition.
 * @param selected the platforms that are joined.
 */
export function indexProjection(definition: Definition, selected: readonly string[]): IndexProjection {
  const { tags, platforms } = definition;
  return { subject: subjectOf(definition), tags, platforms, selected };
}

function subjectOf({ image, title, description, version, licenses, homepage, deprecated }: Definition): Subject {
  return {
    image,
    ...(title !== undefined && { title }),
    description,
    version,
    licenses,
    homepage,
    ...(deprecated !== undefined && { deprecated }),
  };
}

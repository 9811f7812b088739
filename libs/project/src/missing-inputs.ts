import { fileOf, isPlaceholderDigest } from '@dockyard/definition';
import { type BuildUse, packageLockOf, sourcesOf } from './inputs.ts';
import type { Project } from './project.ts';

/** Something that a person still has to write before a build can work. Paths are relative to the workspace root. */
export type MissingInput =
  /** The lock of the Debian packages isn't there. */
  | { readonly kind: 'lock'; readonly project: string; readonly file: string }
  /** The digest of a source is all zeros in the file that declares it. */
  | { readonly kind: 'digest'; readonly project: string; readonly file: string; readonly source: string };

/**
 * Looks for what a build of one platform lacks, without any network.
 *
 * @param project the image definition.
 * @param use which build; one that the definition doesn't have lacks nothing.
 * @param platform OCI platform.
 * @param exists whether there is a file, by its path relative to the workspace root.
 */
export function missingInputs(
  project: Project,
  use: BuildUse,
  platform: string,
  exists: (path: string) => boolean,
): MissingInput[] {
  if (use === 'compile' && project.compileDockerfile === undefined) return [];
  const lock = packageLockOf(project, use, platform);
  const declaring = fileOf(project.definition, 'sources');
  return [
    ...(lock === undefined || exists(lock) ? [] : [{ kind: 'lock', project: project.project, file: lock } as const]),
    ...sourcesOf(project, use, platform)
      .filter(({ digest }) => isPlaceholderDigest(digest.hex))
      .map(({ file }) => ({ kind: 'digest', project: project.project, file: declaring, source: file }) as const),
  ];
}

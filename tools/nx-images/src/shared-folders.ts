import { posix } from 'node:path';
import type { Project } from '@dockyard/project';
import type { TargetConfiguration } from '@nx/devkit';

/** The folder of an image whose definitions extend files in it. */
export interface SharedFolder {
  /** Nx project that it is: the image's own, where it has but one line, else one that has no targets. */
  readonly name: string;
  readonly root: string;
  /** The files that are extended. */
  readonly files: readonly string[];
  /** Whether a definition lies in it. */
  readonly isDefinition: boolean;
}

/**
 * Finds the folders with files that definitions extend. `nx affected` takes a changed file that configures projects for one of
 * the project that it lies in: those who extend it say by {@link sharedInputs} that they depend on how that is configured.
 *
 * @param projects every image project of the workspace.
 * @returns by root, one for each image whose definitions share something.
 */
export function sharedFolders(projects: readonly Project[]): ReadonlyMap<string, SharedFolder> {
  const extending = projects.filter(({ definition }) => definition.extends !== undefined);
  const byRoot = new Map(projects.map((project) => [project.root, project.project]));
  return new Map(
    [...Map.groupBy(extending, folderOf)].map(([root, members]) => {
      const own = byRoot.get(root);
      const folder: SharedFolder = {
        name: own ?? `${posix.basename(root)}-shared`,
        root,
        files: [...new Set(members.flatMap(({ definition }) => definition.extends ?? []))].sort(),
        isDefinition: own !== undefined,
      };
      return [root, folder];
    }),
  );
}

/** Named inputs of a project whose folder is shared: none of its files, so only its configuration is left to depend on. */
export const SHARED_INPUTS = { definitions: [] };

/**
 * The inputs that make tasks of a project affected where a file changes that its definition extends. They don't hash what is
 * in there: of that each task hashes only what it reads.
 *
 * @param project the image project.
 * @param folders all of the workspace.
 */
export function sharedInputs(
  project: Project,
  folders: ReadonlyMap<string, SharedFolder>,
): NonNullable<TargetConfiguration['inputs']> {
  const folder = project.definition.extends === undefined ? undefined : folders.get(folderOf(project));
  if (folder === undefined || folder.root === project.root) return [];
  return [{ input: 'definitions', projects: [folder.name] }];
}

function folderOf({ root }: Project): string {
  return root.split('/').slice(0, 2).join('/');
}

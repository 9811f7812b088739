import type { CreateDependenciesContext, DependencyType, RawProjectGraphDependency } from '@nx/devkit';

/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- The enum is two words, and @nx/devkit takes as long to load as all else that a graph needs. */
const STATIC = 'static' as DependencyType.static;
const IMPLICIT = 'implicit' as DependencyType.implicit;
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */

/**
 * Finds the edges from each image to every workspace image that its Dockerfiles name or its tests start.
 *
 * @param projects every project of the workspace, by name.
 * @returns the edges, each with the file that names the image where that is a file of the project.
 */
export function inferDependencies(projects: CreateDependenciesContext['projects']): RawProjectGraphDependency[] {
  const edges = new Map<string, RawProjectGraphDependency>();
  for (const [source, { root, tags, targets }] of Object.entries(projects)) {
    if (tags?.includes('image') !== true) continue;
    for (const [name, { dependsOn, metadata }] of Object.entries(targets ?? {})) {
      const sourceFile: unknown = name.startsWith('test:') ? `${root}/image.yaml` : metadata?.['dockerfile'];
      if (typeof sourceFile !== 'string') continue;
      for (const dependency of dependsOn ?? []) {
        if (typeof dependency === 'string') continue;
        for (const target of [dependency.projects ?? []].flat()) {
          // A Dockerfile that release lines share lies in none of their projects, and Nx takes it for no file of an edge.
          const edge: RawProjectGraphDependency = sourceFile.startsWith(`${root}/`)
            ? { source, target, sourceFile, type: STATIC }
            : { source, target, type: IMPLICIT };
          edges.set(`${source} ${target} ${sourceFile}`, edge);
        }
      }
    }
  }
  return [...edges.values()];
}

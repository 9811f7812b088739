import { type CreateDependencies, DependencyType, validateDependency } from '@nx/devkit';
import { resolveWorkspace } from '@dockyard/definition';
import { type PluginOptions, readWorkspace } from './nodes.ts';

/** Adds an edge from each image to every workspace image that its Dockerfiles name, with the file that names it. */
export const createDependencies: CreateDependencies<PluginOptions> = (options, context) => {
  const files = Object.values(context.projects)
    .filter((project) => project.tags?.includes('image') === true)
    .map((project) => `${project.root}/image.yaml`);
  const { projects } = readWorkspace(context.workspaceRoot, files, options?.namespace);
  const resolved = resolveWorkspace(projects);
  return projects.flatMap((project) =>
    (['compile', 'image'] as const).flatMap((kind) =>
      resolved.parents(project.project, kind).map((parent) => {
        const sourceFile = kind === 'compile' ? project.files.compileDockerfile : project.files.dockerfile;
        const dependency = {
          source: project.project,
          target: parent.project,
          type: DependencyType.static,
          sourceFile: sourceFile ?? project.files.dockerfile,
        };
        validateDependency(dependency, context);
        return dependency;
      }),
    ),
  );
};

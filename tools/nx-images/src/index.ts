import type { CreateDependencies, CreateNodes, PreTasksExecution } from '@nx/devkit';
import type { PluginOptions } from './nodes.ts';

export type { PluginOptions };

/** Name of the plugin in Nx's messages. */
export const name = '@dockyard/nx-images';

// Nx starts a process for the graph and another one before every run of tasks: each loads what its hook needs, and no more.

/** Infers projects: {@link inferProjects} of nodes.ts. */
export const createNodes: CreateNodes<PluginOptions> = [
  // What definitions extend configures projects too.
  'images/{**/image,*/*}.yaml',
  async (...args) => (await import('./nodes.ts')).inferProjects(...args),
];

/** Adds an edge from each image to every workspace image that its Dockerfiles name: dependencies.ts. */
export const createDependencies: CreateDependencies<PluginOptions> = async (...args) =>
  (await import('./dependencies.ts')).inferDependencies(...args);

/** Before Nx hashes tasks: pre-tasks-execution.ts. */
export const preTasksExecution: PreTasksExecution<PluginOptions> = async (...args) => {
  await (await import('./pre-tasks-execution.ts')).recordWorkspaceModes(...args);
};

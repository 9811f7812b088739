import type { CreateDependencies, CreateNodes, CreateNodesResult, PreTasksExecution } from '@nx/devkit';
import { callHook } from './call-hook.ts';
import type { PluginOptions } from './nodes.ts';

export type { PluginOptions };

/** Name of the plugin in Nx's messages. */
export const name = '@dockyard/nx-images';

/** Infers projects. Where a definition is wrong it throws all mistakes at once, with the projects that are right: `nx graph` shows those. */
export const createNodes: CreateNodes<PluginOptions> = [
  // What definitions extend configures projects too.
  'images/{**/image,*/*}.yaml',
  async (files, options, { workspaceRoot }) => {
    const { results, mistakes } = await callHook('inferProjects', files, options ?? {}, workspaceRoot);
    const nodes = results.map(([file, result]): [string, CreateNodesResult] => [file, result]);
    if (mistakes.length > 0) {
      const { AggregateCreateNodesError } = await import('@nx/devkit');
      throw new AggregateCreateNodesError(
        mistakes.map(([file, message]) => [file, new Error(`\n${message}`)]),
        nodes,
      );
    }
    return nodes;
  },
];

/** Adds an edge from each image to every workspace image that its Dockerfiles name. */
export const createDependencies: CreateDependencies<PluginOptions> = (_options, { projects }) =>
  callHook('inferDependencies', projects);

/** Before Nx hashes tasks. */
export const preTasksExecution: PreTasksExecution<PluginOptions> = (_options, { workspaceRoot, argv }) =>
  callHook('beforeTasks', workspaceRoot, argv);

export { createDependencies } from './dependencies.ts';
export { createNodes, type PluginOptions } from './nodes.ts';
export { preTasksExecution } from './pre-tasks-execution.ts';

/** Name of the plugin in Nx's messages. */
export const name = '@dockyard/nx-images';

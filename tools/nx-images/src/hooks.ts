import type { inferDependencies } from './dependencies.ts';
import type { inferProjects } from './nodes.ts';
import type { beforeTasks } from './pre-tasks-execution.ts';

interface Signatures {
  readonly inferProjects: typeof inferProjects;
  readonly inferDependencies: typeof inferDependencies;
  readonly beforeTasks: typeof beforeTasks;
}

/** Name of a hook of the plugin. */
export type HookName = keyof Signatures;
/** What a hook takes: plain data, which goes to another thread. */
export type HookArguments<N extends HookName> = Parameters<Signatures[N]>;
/** What a hook returns: plain data too. */
export type HookResult<N extends HookName> = Awaited<ReturnType<Signatures[N]>>;

/** What the plugin does when Nx asks. Each hook loads what it needs, and no more. */
export const hooks: { readonly [N in HookName]: (...args: HookArguments<N>) => Promise<HookResult<N>> } = {
  inferProjects: async (...args) => (await import('./nodes.ts')).inferProjects(...args),
  inferDependencies: async (...args) => (await import('./dependencies.ts')).inferDependencies(...args),
  beforeTasks: async (...args) => (await import('./pre-tasks-execution.ts')).beforeTasks(...args),
};

import type { NamedBuild } from '@dockyard/build';
import type { ExecutorContext } from '@nx/devkit';

/**
 * Lists the builds of the command that a task belongs to which lacked something when the graph was made. The first task
 * that runs so tells what the last one needs, hours before.
 *
 * @param context as Nx gives it.
 */
export function unreadyBuilds({ taskGraph, projectsConfigurations }: ExecutorContext): NamedBuild[] {
  return Object.values(taskGraph?.tasks ?? {}).flatMap(({ target: { project, target } }) => {
    const configuration = projectsConfigurations.projects[project];
    const unready = configuration?.targets?.[target]?.metadata?.[UNREADY] as Omit<NamedBuild, 'root'> | undefined;
    return configuration === undefined || unready === undefined ? [] : [{ root: configuration.root, ...unready }];
  });
}

/** The field of a target's metadata which says that something is missing: which build it is. */
export const UNREADY = 'unready';

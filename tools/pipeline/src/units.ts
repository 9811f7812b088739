import type { ArchSuffix } from '@dockyard/definition';
import { type Dag, topologicalOrder } from './dag.ts';
import type { Task, TaskGraph } from './task-graph.ts';

/** The tasks of one project that run in one job: its chain on a platform, or what no platform binds. */
export interface Unit {
  /** `redis amd64`, or `redis` for what no platform binds. */
  readonly name: string;
  readonly project: string;
  readonly arch?: ArchSuffix;
  /** In an order that they can run in. */
  readonly tasks: readonly Task[];
}

/** Units, and which wait for which. */
export interface UnitGraph {
  readonly units: ReadonlyMap<string, Unit>;
  readonly needs: Dag;
}

/** Names that mean something else at the top of a GitLab CI file: https://docs.gitlab.com/ci/yaml/#keywords */
const KEYWORDS = new Set(
  'after_script before_script cache default false image include nil null pages pages:deploy services spec stages true types variables workflow'.split(
    ' ',
  ),
);

/**
 * Gathers tasks into one unit a project and platform, and one for each project's tasks without a platform.
 *
 * @param graph the tasks
 * @throws {RangeError} the units wait for each other in a circle
 */
export function unitsOf(graph: TaskGraph): UnitGraph {
  const nameOf = ({ project, arch }: Task): string => {
    if (arch !== undefined) return `${project} ${arch}`;
    // JavaScript puts keys of digits before all others, whatever order they were given in.
    return KEYWORDS.has(project) || /^\d+$/.test(project) ? `${project} join` : project;
  };
  const tasks = topologicalOrder(graph.dependencies).flatMap((id) => graph.tasks.get(id) ?? []);
  const units = new Map(
    [...Map.groupBy(tasks, nameOf)].map(([name, own]): [string, Unit] => {
      const { project, arch } = own[0] as Task;
      return [name, { name, project, ...(arch !== undefined && { arch }), tasks: own }];
    }),
  );
  const names = new Map(tasks.map((task) => [task.id, nameOf(task)]));
  const needs = new Map(
    [...units].map(([name, unit]) => {
      const before = unit.tasks
        .flatMap(({ id }) => graph.dependencies.get(id) ?? [])
        .flatMap((id) => names.get(id) ?? []);
      return [name, [...new Set(before)].filter((one) => one !== name)] as const;
    }),
  );
  topologicalOrder(needs);
  return { units, needs };
}

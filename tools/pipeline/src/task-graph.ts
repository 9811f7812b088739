import { type ArchSuffix, archSuffix, PLATFORMS } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { z } from 'zod';

/** One task of Nx's graph. */
export interface Task {
  /** `<project>:<target>`, such as `redis:compile:amd64`. */
  readonly id: string;
  readonly project: string;
  readonly target: string;
  /** The platform that it has to run on; none for what runs anywhere, such as a join. */
  readonly arch?: ArchSuffix;
}

/** Tasks and what each of them waits for. */
export interface TaskGraph {
  readonly tasks: ReadonlyMap<string, Task>;
  /** Ids by id; every id is a key of `tasks`. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
}

// Nx 24 writes `{ id, … }`, Nx 23 wrote the bare id.
const dependency = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

const schema = z.object({
  tasks: z.object({
    tasks: z.record(
      z.string(),
      z.object({ id: z.string(), target: z.object({ project: z.string(), target: z.string() }) }),
    ),
    dependencies: z.record(z.string(), z.array(dependency)),
  }),
});

const ARCHES: readonly ArchSuffix[] = PLATFORMS.map((platform) => archSuffix(platform));

/**
 * Reads what `nx affected --graph=<file>.json` or `nx run-many --graph=<file>.json` wrote.
 *
 * @param text the file's content
 * @returns its task graph, in Nx's order
 * @throws {UserError} it isn't such a file, or it names a task that it lacks
 * @see https://nx.dev/nx-api/nx/documents/affected#graph
 */
export function readTaskGraph(text: string): TaskGraph {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success)
    throw new UserError(`This is no task graph of Nx: ${z.prettifyError(parsed.error)}`, {
      hint: 'Make one: npx nx affected -t image --graph=graph.json',
    });
  const { tasks, dependencies } = parsed.data.tasks;
  return taskGraph(
    Object.values(tasks).map(({ id, target }) => [id, target.project, target.target, dependencies[id] ?? []] as const),
  );
}

/**
 * Makes a task graph.
 *
 * @param rows id, project, target and dependencies of each task
 * @throws {UserError} a dependency is no task of it
 */
export function taskGraph(
  rows: Iterable<readonly [id: string, project: string, target: string, dependencies: readonly string[]]>,
): TaskGraph {
  const tasks = new Map<string, Task>();
  const dependencies = new Map<string, readonly string[]>();
  for (const [id, project, target, needed] of rows) {
    const arch = archOf(target);
    tasks.set(id, { id, project, target, ...(arch !== undefined && { arch }) });
    dependencies.set(id, needed);
  }
  for (const [id, needed] of dependencies) {
    const absent = needed.find((one) => !tasks.has(one));
    if (absent !== undefined) throw new UserError(`The task graph lacks ${absent}, which ${id} depends on.`);
  }
  return { tasks, dependencies };
}

/**
 * Takes the tasks out of a graph that are wanted. What a wanted task waits for through others, it then waits for directly.
 *
 * @param graph the whole
 * @param wanted ids
 */
export function selectTasks(graph: TaskGraph, wanted: ReadonlySet<string>): TaskGraph {
  const nearest = new Map<string, readonly string[]>();
  const wantedBefore = (id: string): readonly string[] => {
    const known = nearest.get(id);
    if (known !== undefined) return known;
    const found = [
      ...new Set(
        (graph.dependencies.get(id) ?? []).flatMap((needed) => (wanted.has(needed) ? [needed] : wantedBefore(needed))),
      ),
    ];
    nearest.set(id, found);
    return found;
  };
  const chosen = [...graph.tasks.values()].filter(({ id }) => wanted.has(id));
  return {
    tasks: new Map(chosen.map((task) => [task.id, task])),
    dependencies: new Map(chosen.map(({ id }) => [id, wantedBefore(id)])),
  };
}

function archOf(target: string): ArchSuffix | undefined {
  const suffix = target.split(':').at(-1);
  return target.includes(':') ? ARCHES.find((arch) => arch === suffix) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`This is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

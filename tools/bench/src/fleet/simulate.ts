import { type Durations, estimator, GITLAB_LIMITS, JOB_OVERHEAD, type Limits, planPipeline } from '@dockyard/pipeline';
import { DEFAULT_SHAPE, synthesize } from '../synthetic.ts';
import { generatedMakespan, lowerBound, stagedMakespan, staticMakespan } from './pipelines.ts';
import { drawDurations, tasksOf } from './tasks.ts';

/** A fleet whose pipelines are compared. */
export interface FleetParameters {
  readonly images: number;
  /** Runners of each platform; one simulation each. */
  readonly runners: readonly number[];
  readonly seed: number;
  /** Most jobs of the batched pipeline. */
  readonly jobs: number;
  /** Recorded seconds by task id, to draw from; synthetic where there are none. */
  readonly measured?: Durations;
}

/** Makespans of one fleet with so many runners a platform, in seconds. */
export interface FleetResult {
  readonly runners: number;
  /**
   * max(critical path, work / runners): work of the generated jobs, with what each costs besides its tasks, and the critical path that they
   * have without batches where that is shorter, so that batches excuse nothing.
   */
  readonly bound: number;
  /** The same of the tasks by themselves, as if jobs cost nothing, and nothing waited for the tests of what it builds on. */
  readonly taskBound: number;
  /** Of the generated pipeline within GitLab's limits. */
  readonly generated: number;
  /** Of the generated pipeline with one job an image and platform, however many that is. */
  readonly unlimited: number;
  /** Of one job a platform. */
  readonly static: number;
  /** Of a stage for each depth. */
  readonly staged: number;
}

/** What the static pipeline runs at once, which is Nx's default. */
export const STATIC_SLOTS = 3;

const LIMITS: Limits = { ...GITLAB_LIMITS, jobs: Number.MAX_SAFE_INTEGER };

/**
 * Simulates a fleet that is all affected, such as after a change of its base.
 *
 * @param parameters its size and seed
 * @returns a result for each number of runners, the same for the same parameters; and how many jobs each generated pipeline has
 */
export function simulateFleet(parameters: FleetParameters): {
  readonly results: readonly FleetResult[];
  readonly jobs: { readonly generated: number; readonly unlimited: number; readonly batches: number };
} {
  const graph = tasksOf(synthesize({ images: parameters.images, ...DEFAULT_SHAPE, seed: parameters.seed }));
  const estimate = estimator(drawDurations(graph, parameters.seed, parameters.measured));
  const plan = (overhead: number, limits: Limits = LIMITS) => planPipeline(graph, { limits, estimate, overhead });
  const generated = plan(JOB_OVERHEAD, { ...GITLAB_LIMITS, jobs: parameters.jobs });
  const unlimited = plan(JOB_OVERHEAD);
  const arches = [...new Set([...graph.tasks.values()].flatMap(({ arch }) => arch ?? []))];
  // As jobs of one task each, which cost nothing.
  const single = [...graph.tasks.values()].map((task) => ({
    name: task.id,
    kind: 'native' as const,
    tasks: [task],
    needs: graph.dependencies.get(task.id) ?? [],
    seconds: estimate(task),
    ...(task.arch !== undefined && { arch: task.arch }),
  }));
  const taskPath = longestPath(single);
  const criticalPath = Math.min(generated.criticalPath, unlimited.criticalPath);
  const results = parameters.runners.map((count): FleetResult => {
    const runners = new Map(arches.map((arch) => [arch, count]));
    const options = { runners, estimate, overhead: JOB_OVERHEAD };
    return {
      runners: count,
      bound: lowerBound({ jobs: generated.jobs, criticalPath }, runners),
      taskBound: lowerBound({ jobs: single, criticalPath: taskPath }, runners),
      generated: generatedMakespan(generated.jobs, options),
      unlimited: generatedMakespan(unlimited.jobs, options),
      static: staticMakespan(graph, options, STATIC_SLOTS),
      staged: stagedMakespan(unlimited.jobs, options),
    };
  });
  return {
    results,
    jobs: { generated: generated.jobs.length, unlimited: unlimited.jobs.length, batches: generated.batches },
  };
}

function longestPath(jobs: readonly { name: string; needs: readonly string[]; seconds: number }[]): number {
  const ends = new Map<string, number>();
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const endOf = (name: string): number => {
    const known = ends.get(name);
    if (known !== undefined) return known;
    const job = byName.get(name);
    const end = (job?.seconds ?? 0) + Math.max(0, ...(job?.needs ?? []).map(endOf));
    ends.set(name, end);
    return end;
  };
  return Math.max(0, ...jobs.map(({ name }) => endOf(name)));
}

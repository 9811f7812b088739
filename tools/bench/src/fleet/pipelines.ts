import { type Estimate, type Job, makespan, type PipelinePlan, type Runners, type TaskGraph } from '@dockyard/pipeline';

/** What a fleet is simulated with. */
export interface FleetOptions {
  /** By arch suffix. */
  readonly runners: Runners;
  readonly estimate: Estimate;
  /** Seconds that a job takes besides its tasks. */
  readonly overhead: number;
}

/**
 * Simulates a generated pipeline.
 *
 * @returns seconds
 */
export function generatedMakespan(jobs: readonly Job[], { runners }: Pick<FleetOptions, 'runners'>): number {
  return makespan(
    jobs.map(({ name, arch, needs, seconds }) => ({ name, needs, seconds, ...(arch !== undefined && { pool: arch }) })),
    runners,
  );
}

/**
 * Simulates the static pipeline: one job a platform, whose runner runs all of that platform's tasks with Nx, then one job that joins all.
 *
 * @param graph tasks
 * @param options `runners` says only which platforms there are, since such a pipeline uses one of each
 * @param slots tasks that Nx runs at once (`--parallel`); each is taken to be as quick as it were alone, which flatters this pipeline
 * @returns seconds
 */
export function staticMakespan(graph: TaskGraph, options: FleetOptions, slots: number): number {
  const { estimate, overhead } = options;
  const part = (arch: string | undefined): number => {
    const own = [...graph.tasks.values()].filter((task) => task.arch === arch);
    const ids = new Set(own.map(({ id }) => id));
    const jobs = own.map((task) => ({
      name: task.id,
      needs: (graph.dependencies.get(task.id) ?? []).filter((id) => ids.has(id)),
      seconds: estimate(task),
    }));
    return overhead + makespan(jobs, new Map([['slots', slots]]));
  };
  return Math.max(...[...options.runners.keys()].map(part)) + part(undefined);
}

/**
 * Simulates a pipeline with a stage for each depth: a stage starts when all jobs of the one before have ended; all joins are the last.
 *
 * @param jobs one for each image and platform and one for each join, longest first
 * @returns seconds
 */
export function stagedMakespan(jobs: readonly Job[], options: Pick<FleetOptions, 'runners'>): number {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const stages = new Map<string, number>();
  const stageOf = ({ name, needs }: Job): number => {
    const known = stages.get(name);
    if (known !== undefined) return known;
    const stage =
      Math.max(-1, ...needs.map((need) => byName.get(need)).map((job) => (job === undefined ? -1 : stageOf(job)))) + 1;
    stages.set(name, stage);
    return stage;
  };
  const native = Map.groupBy(
    jobs.filter(({ kind }) => kind === 'native'),
    stageOf,
  );
  const joins = jobs.filter(({ kind }) => kind === 'join');
  return [...native.values(), joins].reduce(
    (sum, stage) =>
      sum +
      generatedMakespan(
        stage.map((job) => ({ ...job, needs: [] })),
        options,
      ),
    0,
  );
}

/**
 * What no schedule of some jobs can beat: the longest chain, the work of a platform on its runners, and all work on all runners.
 *
 * @returns seconds
 */
export function lowerBound(plan: Pick<PipelinePlan, 'jobs' | 'criticalPath'>, runners: Runners): number {
  const sum = (jobs: readonly Job[]): number => jobs.reduce((total, { seconds }) => total + seconds, 0);
  const all = [...runners.values()].reduce((total, count) => total + count, 0);
  return Math.max(
    plan.criticalPath,
    sum(plan.jobs) / all,
    ...[...runners].map(([arch, count]) => sum(plan.jobs.filter((job) => job.arch === arch)) / count),
  );
}

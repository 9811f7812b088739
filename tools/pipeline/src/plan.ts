import { UserError } from '@dockyard/exec';
import { type Batch, batchUnits } from './batches.ts';
import { remainingPaths, topologicalOrder } from './dag.ts';
import type { Estimate } from './durations.ts';
import { limitNeeds } from './gates.ts';
import type { Job, PipelinePlan } from './job.ts';
import type { Limits } from './limits.ts';
import type { TaskGraph } from './task-graph.ts';
import { type Unit, type UnitGraph, unitsOf } from './units.ts';

/** What is known when a pipeline is planned. */
export interface PlanOptions {
  readonly limits: Pick<Limits, 'needs' | 'jobs'>;
  readonly estimate: Estimate;
  /** Seconds that a job takes besides its tasks: checkout, packages, cache. */
  readonly overhead: number;
}

/**
 * Plans a pipeline: a job for each image and platform and one that joins each image, in an order in which runners that take the first job
 * that is ready do the longest chains first (list scheduling by critical path).
 *
 * @param graph tasks to run; none gives one job that does nothing, since GitLab refuses an empty pipeline
 * @param options limits and durations
 * @returns jobs, none needing more than the limit, no two waiting for each other, each task in exactly one
 * @throws {UserError} the limits allow too few jobs for any pipeline
 * @throws {RangeError} the tasks wait for each other in a circle
 * @see Graham: Bounds on Multiprocessing Timing Anomalies, 1969
 */
export function planPipeline(graph: TaskGraph, options: PlanOptions): PipelinePlan {
  const { limits, estimate, overhead } = options;
  if (limits.needs < 2) throw new UserError('A job has to be allowed two needs at least.');
  const units = unitsOf(graph);
  if (units.units.size === 0)
    return summed([{ name: 'nothing affected', kind: 'nothing', tasks: [], needs: [], seconds: 0 }]);
  const secondsOf = (unit: Unit): number => unit.tasks.reduce((sum, task) => sum + estimate(task), 0);
  // Gates count as jobs as well; where they make it too many, the batches have to be fewer.
  for (let most = limits.jobs; ;) {
    const batches = batchUnits(units, secondsOf, most);
    const jobs = limitNeeds(
      jobsOf(units, batches, (batch) => overhead + batch.reduce((sum, unit) => sum + secondsOf(unit), 0)),
      limits.needs,
      overhead,
    );
    if (jobs.length <= limits.jobs) return summed(longestFirst(jobs));
    most = Math.min(most, batches.length) - (jobs.length - limits.jobs);
  }
}

function jobsOf(graph: UnitGraph, batches: readonly Batch[], seconds: (batch: Batch) => number): Job[] {
  const names = new Map(batches.flatMap((batch) => batch.map(({ name }) => [name, nameOf(batch)] as const)));
  return batches.map((batch): Job => {
    const name = nameOf(batch);
    const arch = batch[0]?.arch;
    const needs = batch.flatMap((unit) => graph.needs.get(unit.name) ?? []).flatMap((one) => names.get(one) ?? []);
    return {
      name,
      kind: arch === undefined ? 'join' : 'native',
      ...(arch !== undefined && { arch }),
      tasks: batch.flatMap(({ tasks }) => tasks),
      needs: [...new Set(needs)].filter((one) => one !== name).sort(),
      seconds: seconds(batch),
    };
  });
}

/** `redis amd64`, `redis`; of a batch `redis and 3 more, amd64`. */
function nameOf(batch: Batch): string {
  const [first, ...others] = batch;
  if (first === undefined) throw new RangeError('a batch has a unit');
  if (others.length === 0) return first.name;
  const { project, arch } = first;
  return `${project} and ${String(others.length)} more${arch === undefined ? '' : `, ${arch}`}`;
}

function longestFirst(jobs: readonly Job[]): Job[] {
  const graph = new Map(jobs.map(({ name, needs }) => [name, needs]));
  const seconds = new Map(jobs.map((job) => [job.name, job.seconds]));
  const remaining = remainingPaths(graph, (name) => seconds.get(name) ?? 0);
  // Equal ones stay in the order of the graph, where a job comes after its needs.
  const place = new Map(topologicalOrder(graph).map((name, at) => [name, at]));
  return jobs.toSorted(
    (one, other) =>
      (remaining.get(other.name) ?? 0) - (remaining.get(one.name) ?? 0) ||
      (place.get(one.name) ?? 0) - (place.get(other.name) ?? 0),
  );
}

function summed(jobs: readonly Job[]): PipelinePlan {
  const seconds = new Map(jobs.map((job) => [job.name, job.seconds]));
  const remaining = remainingPaths(
    new Map(jobs.map(({ name, needs }) => [name, needs])),
    (name) => seconds.get(name) ?? 0,
  );
  return {
    jobs,
    tasks: jobs.reduce((sum, job) => sum + job.tasks.length, 0),
    batches: jobs.filter(({ tasks }) => new Set(tasks.map(({ project }) => project)).size > 1).length,
    gates: jobs.filter(({ kind }) => kind === 'gate').length,
    criticalPath: Math.max(...remaining.values()),
    work: jobs.reduce((sum, job) => sum + job.seconds, 0),
  };
}

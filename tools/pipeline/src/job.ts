import type { ArchSuffix } from '@dockyard/definition';
import type { Task } from './task-graph.ts';

/** A job of a pipeline, before it is written as YAML. */
export interface Job {
  readonly name: string;
  /**
   * `native`: runs tasks of one platform on a runner of it; `join`: runs what no platform binds; `gate`: runs nothing, and gathers needs;
   * `nothing`: stands alone in a pipeline that would be empty.
   */
  readonly kind: 'native' | 'join' | 'gate' | 'nothing';
  /** Of a native job: the platform, which is the runner's tag. */
  readonly arch?: ArchSuffix;
  /** In an order that Nx can run them in. */
  readonly tasks: readonly Task[];
  /** Names of the jobs that it waits for. */
  readonly needs: readonly string[];
  /** How long it takes as far as is known, with what a job costs besides its tasks. */
  readonly seconds: number;
}

/** Jobs in the order of the file, with what they come to. */
export interface PipelinePlan {
  readonly jobs: readonly Job[];
  /** Tasks of all jobs. */
  readonly tasks: number;
  /** Jobs that run the tasks of several images, or several platforms' joins. */
  readonly batches: number;
  /** Jobs that only gather needs. */
  readonly gates: number;
  /** Seconds of the longest chain of jobs: no number of runners is quicker. */
  readonly criticalPath: number;
  /** Seconds of all jobs. */
  readonly work: number;
}

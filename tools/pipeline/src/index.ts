export { childPipeline, type ChildPipeline, type ChildPipelineOptions, JOB_OVERHEAD } from './child-pipeline.ts';
export { type Durations, type Estimate, estimator, readDurations } from './durations.ts';
export type { Job, PipelinePlan } from './job.ts';
export { GITLAB_LIMITS, type Limits, MAX_JOBS, MAX_NEEDS, MAX_PARSED_BYTES } from './limits.ts';
export { planPipeline, type PlanOptions } from './plan.ts';
export { makespan, type Runners, type SimulatedJob } from './simulate.ts';
export { readTaskGraph, selectTasks, type Task, type TaskGraph, taskGraph } from './task-graph.ts';

export type { Benchmark, BenchContext, Outcome } from './benchmark.ts';
export { type FleetParameters, type FleetResult, simulateFleet, STATIC_SLOTS } from './fleet/simulate.ts';
export { type BenchReport, type BenchResult, mergeReports, reportSchema } from './report.ts';
export { BENCHMARKS, runBenchmarks } from './run.ts';
export {
  DEFAULT_SHAPE,
  type SyntheticFamily,
  type SyntheticImage,
  type SyntheticParameters,
  synthesize,
} from './synthetic.ts';
export { makeStaticWorkspace, makeSyntheticWorkspace, type SyntheticWorkspace, type Workspace } from './workspace.ts';

import type { BenchResult } from './report.ts';

/** What a benchmark runs with. */
export interface BenchContext {
  /** Absolute path of this checkout's root. */
  readonly checkout: string;
  /** Absolute path of a folder on the checkout's file system that is removed after the run, whatever happened. */
  readonly scratch: string;
  /** Folder of the lab, which holds docker's buildx plugin where the machine doesn't. */
  readonly lab: string;
  /** Small and once: shows that it runs, and measures nothing worth keeping. */
  readonly quick: boolean;
  /** The image projects that `sizes` measures; all when empty. */
  readonly projects: readonly string[];
  readonly signal: AbortSignal;
  /** Takes progress, a line at a time. */
  readonly report: (line: string) => void;
}

/** What came of a benchmark. */
export interface Outcome {
  readonly results: readonly BenchResult[];
  /** Parts that this machine can't measure, and why. */
  readonly missing?: readonly string[];
}

/** One measurement that `npm run bench` knows by name. */
export interface Benchmark {
  readonly name: string;
  /** One line for `--list`. */
  readonly description: string;
  /** @throws {UserError} this machine lacks what it needs */
  run(context: BenchContext): Promise<Outcome>;
}

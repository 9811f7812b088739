import { z } from 'zod';

const spread = { min: z.number(), median: z.number(), max: z.number() };

const goal = z.strictObject({
  /** `median`: of this alternative; otherwise the alternative that the median of the ratios to is meant. */
  of: z.string(),
  most: z.number(),
  met: z.boolean(),
});

const result = z.strictObject({
  benchmark: z.string(),
  /** What was measured: `plugin`, or what it is compared with. */
  alternative: z.string(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  unit: z.enum(['seconds', 'bytes', 'ratio', 'exponent']),
  samples: z.array(z.number()).min(1),
  ...spread,
  /** Of each sample to the sample of another alternative taken beside it. */
  ratios: z.array(z.strictObject({ to: z.string(), ...spread })),
  goals: z.array(goal),
});

/** The schema of `baseline.json`. */
export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  date: z.iso.datetime(),
  /** Whether it is the whole run, or a hurried one that only shows that it runs. */
  quick: z.boolean(),
  machine: z.strictObject({
    cores: z.number().int(),
    processor: z.string(),
    memory: z.number().int(),
    system: z.string(),
    node: z.string(),
    nx: z.string(),
    /** Versions by name: podman, docker, buildx. */
    engines: z.record(z.string(), z.string()),
  }),
  results: z.array(result),
  /** Benchmarks without a result, or without a part of it, and why. */
  missing: z.array(z.strictObject({ benchmark: z.string(), reason: z.string() })),
});

export type BenchReport = z.infer<typeof reportSchema>;
export type BenchResult = z.infer<typeof result>;
export type Machine = BenchReport['machine'];

/**
 * Puts the results of a run of some benchmarks in place of theirs in a report, and leaves the others.
 *
 * @param before the report so far
 * @param report of the run
 * @param projects those that the run was limited to, whose results alone it replaces then; empty for all
 * @returns the report of the run with the other results of before
 */
export function mergeReports(before: BenchReport, report: BenchReport, projects: readonly string[]): BenchReport {
  const run = new Set([...report.results, ...report.missing].map(({ benchmark }) => benchmark));
  const stays = ({ benchmark, parameters }: BenchResult): boolean => {
    const { project } = parameters;
    return !run.has(benchmark) || (projects.length > 0 && typeof project === 'string' && !projects.includes(project));
  };
  return {
    ...report,
    results: [...before.results.filter(stays), ...report.results],
    missing: [...before.missing.filter(({ benchmark }) => !run.has(benchmark)), ...report.missing],
  };
}

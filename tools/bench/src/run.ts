import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, UserError, withTemporaryDirectory } from '@dockyard/exec';
import { didYouMean } from '@dockyard/diagnostic';
import type { Benchmark, BenchContext } from './benchmark.ts';
import { build } from './benchmarks/build.ts';
import { cache } from './benchmarks/cache.ts';
import { emulation } from './benchmarks/emulation.ts';
import { fleet } from './benchmarks/fleet.ts';
import { noOp } from './benchmarks/no-op.ts';
import { pipeline } from './benchmarks/pipeline.ts';
import { plan } from './benchmarks/plan.ts';
import { sizes } from './benchmarks/sizes.ts';
import { describeMachine } from './machine.ts';
import { type BenchReport, type BenchResult, reportSchema } from './report.ts';
import { stopDaemons } from './workspace.ts';

/** All benchmarks, in the order that they run in. */
export const BENCHMARKS: readonly Benchmark[] = [plan, noOp, cache, emulation, build, pipeline, fleet, sizes];

/**
 * Runs benchmarks. One that fails is reported as missing, and the others still run.
 *
 * @param names all when empty
 * @param options where and how; see {@link BenchContext}
 * @returns the report
 * @throws {UserError} there is no such benchmark
 * @throws {CommandError} the signal ended it; nothing is left behind
 */
export async function runBenchmarks(
  names: readonly string[],
  options: Omit<BenchContext, 'scratch'>,
): Promise<BenchReport> {
  const chosen = pick(names);
  const parent = join(options.checkout, '.dockyard', 'bench');
  await mkdir(parent, { recursive: true });
  const results: BenchResult[] = [];
  const missing: BenchReport['missing'] = [];
  for (const benchmark of chosen) {
    try {
      const outcome = await withTemporaryDirectory(parent, `${benchmark.name}-`, async (scratch) => {
        try {
          return await benchmark.run({ ...options, scratch });
        } finally {
          await stopDaemons(scratch);
        }
      });
      results.push(...outcome.results);
      missing.push(...(outcome.missing ?? []).map((reason) => ({ benchmark: benchmark.name, reason })));
    } catch (error) {
      options.signal.throwIfAborted();
      missing.push({ benchmark: benchmark.name, reason: reasonOf(error) });
      options.report(`${benchmark.name}: failed: ${reasonOf(error)}`);
    }
  }
  return reportSchema.parse({
    schemaVersion: 1,
    date: new Date().toISOString(),
    quick: options.quick,
    machine: await describeMachine(),
    results,
    missing,
  } satisfies BenchReport);
}

function pick(names: readonly string[]): Benchmark[] {
  const known = BENCHMARKS.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = didYouMean(name, known);
    throw new UserError(`There is no benchmark "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`}`, {
      hint: `Benchmarks are ${known.join(', ')}.`,
    });
  }
  return BENCHMARKS.filter(({ name }) => names.length === 0 || names.includes(name));
}

function reasonOf(error: unknown): string {
  if (error instanceof UserError) return `${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`;
  if (error instanceof CommandError) return `${error.message}\n${error.stdout.slice(-1000)}`;
  return error instanceof Error ? error.message : String(error);
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCHMARKS, type BenchReport, type BenchResult, reportSchema, runBenchmarks } from '@dockyard/bench';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { labFolder } from '@dockyard/lab';
import { cancellation } from '../cancellation.ts';
import { format } from '../format.ts';
import { WORKSPACE } from '../root.ts';
import { formatBytes, formatSeconds, renderTable } from '../text.ts';

const BASELINE = 'tools/bench/baseline.json';

/**
 * Measures, and prints what came of it.
 *
 * @param names benchmarks; all when empty
 * @param options.list only say which there are
 * @param options.quick small and once
 * @param options.write make the results of these benchmarks the baseline
 * @param options.output file that the report is written to as well
 * @returns exit code: 1 where a benchmark has no result
 * @throws {UserError} unknown benchmark
 */
export async function bench(
  names: readonly string[],
  options: { list?: true; quick?: true; write?: true; output?: string },
): Promise<number> {
  if (options.list === true) {
    console.log(
      renderTable(
        ['name', 'measures'],
        BENCHMARKS.map(({ name, description }) => [name, description]),
      ),
    );
    return 0;
  }
  if (options.write === true && options.quick === true) {
    throw new UserError('A quick run measures nothing worth keeping.', { hint: 'Leave out --quick or --write.' });
  }
  const started = performance.now();
  const report = await runBenchmarks(names, {
    checkout: WORKSPACE,
    lab: labFolder(process.env),
    quick: options.quick === true,
    signal: cancellation.signal,
    report: (line) => {
      console.log(`[${formatSeconds((performance.now() - started) / 1000)}] ${line}`);
    },
  });
  console.log(
    `\n${renderTable(['benchmark', 'what', 'of', 'median', 'min – max', 'ratio', 'goal'], report.results.map(row))}`,
  );
  for (const { benchmark, reason } of report.missing) console.log(`\nmissing of ${benchmark}: ${reason}`);
  if (options.output !== undefined) await write(options.output, report);
  if (options.write === true) await write(join(WORKSPACE, BASELINE), await merged(report, names.length > 0));
  return report.missing.length > 0 ? 1 : 0;
}

/** A run of some benchmarks replaces theirs and leaves the others, so that one that failed needn't take the rest with it. */
async function merged(report: BenchReport, some: boolean): Promise<BenchReport> {
  const text = some ? await readFile(join(WORKSPACE, BASELINE), 'utf8').catch(() => undefined) : undefined;
  if (text === undefined) return report;
  const before = reportSchema.parse(JSON.parse(text));
  const run = new Set([...report.results, ...report.missing].map(({ benchmark }) => benchmark));
  const others = <T extends { benchmark: string }>(list: readonly T[]): T[] =>
    list.filter(({ benchmark }) => !run.has(benchmark));
  return {
    ...report,
    results: [...others(before.results), ...report.results],
    missing: [...others(before.missing), ...report.missing],
  };
}

async function write(path: string, report: BenchReport): Promise<void> {
  await writeFileAtomic(path, await format(path, JSON.stringify(report)));
}

function row(result: BenchResult): string[] {
  const text = (value: number): string => formatValue(result.unit, value);
  return [
    result.benchmark,
    Object.entries(result.parameters)
      .map(([name, value]) => (typeof value === 'string' ? value : `${name} ${String(value)}`))
      .join(', '),
    result.alternative,
    text(result.median),
    result.samples.length === 1 ? '' : `${text(result.min)} – ${text(result.max)}`,
    result.ratios
      .map(({ to, min, median, max }) => `${median.toFixed(2)} × ${to} (${min.toFixed(2)} – ${max.toFixed(2)})`)
      .join('\n'),
    result.goals
      .map(({ of, most, met }) => {
        const goal = of === 'median' ? text(most) : `${String(most)} × ${of}`;
        return `${met ? 'met' : 'missed'}: ${goal}`;
      })
      .join('\n'),
  ];
}

function formatValue(unit: BenchResult['unit'], value: number): string {
  if (unit === 'seconds') return value < 100 ? `${value.toFixed(2)} s` : formatSeconds(value);
  return unit === 'bytes' ? formatBytes(value) : value.toFixed(2);
}

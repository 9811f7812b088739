import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  BENCHMARKS,
  type BenchReport,
  type BenchResult,
  mergeReports,
  reportSchema,
  runBenchmarks,
} from '@dockyard/bench';
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
 * @param options.project limits `sizes` to these image projects
 * @param options.write make the results of these benchmarks the baseline
 * @param options.output file that the report is written to as well
 * @returns exit code: 1 where a benchmark has no result
 * @throws {UserError} unknown benchmark
 */
export async function bench(
  names: readonly string[],
  options: { list?: true; quick?: true; project?: string[]; write?: true; output?: string },
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
  const projects = options.project ?? [];
  if (projects.length > 0 && names.join() !== 'sizes')
    throw new UserError('Only sizes is measured by project.', { hint: 'npx dockyard bench sizes --project <name...>' });
  const started = performance.now();
  const report = await runBenchmarks(names, {
    checkout: WORKSPACE,
    lab: labFolder(process.env),
    quick: options.quick === true,
    projects,
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
  if (options.write === true)
    await write(join(WORKSPACE, BASELINE), names.length === 0 ? report : await merged(report, projects));
  return report.missing.length > 0 ? 1 : 0;
}

/** One that failed needn't take the others with it. */
async function merged(report: BenchReport, projects: readonly string[]): Promise<BenchReport> {
  const text = await readFile(join(WORKSPACE, BASELINE), 'utf8').catch(() => undefined);
  return text === undefined ? report : mergeReports(reportSchema.parse(JSON.parse(text)), report, projects);
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

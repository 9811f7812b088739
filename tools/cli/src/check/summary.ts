import { formatSeconds, renderTable } from '../text.ts';
import type { Count } from './count.ts';

/** A stage that ran, or why it didn't. */
export type StageResult = { readonly name: string; readonly seconds: number } & (
  | {
      readonly count: Count;
      /** A sentence that belongs to the result. */
      readonly note?: string;
    }
  | { readonly leftOut: string }
);

/** What a run of stages came to. */
export interface Summary {
  /** Lines for a person; the last one is `N passed, N failed`. */
  readonly text: string;
  readonly exitCode: number;
}

/**
 * Sums up a run.
 *
 * @param results in the order that the stages ran in
 * @param leftOut what else could not be tested, and why, such as an engine
 * @param ci whether leaving anything out is a failure
 */
export function summarize(results: readonly StageResult[], leftOut: readonly string[], ci: boolean): Summary {
  const omitted = [
    ...leftOut,
    ...results.flatMap((result) =>
      'leftOut' in result
        ? [`${result.name}: ${result.leftOut}`]
        : result.count.skipped.map((test) => `${result.name}: ${test} (skipped)`),
    ),
  ];
  const rows = results.map((result) =>
    'leftOut' in result
      ? [result.name, 'left out', '', '', '']
      : [
          result.name,
          result.count.failed > 0 ? 'FAILED' : 'ok',
          String(result.count.passed),
          String(result.count.failed),
          formatSeconds(result.seconds),
        ],
  );
  const counts = results.flatMap((result) => ('count' in result ? [result.count] : []));
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const omission = ci && omitted.length > 0;
  // With CI=true what was left out is a failure, and the last line has to say so too.
  const failed = counts.reduce((sum, count) => sum + count.failed, 0) + (omission ? omitted.length : 0);
  const lines = [renderTable(['stage', 'result', 'passed', 'failed', 'time'], rows), ''];
  const notes = results.flatMap((result) =>
    'count' in result && result.note !== undefined ? [`${result.name}: ${result.note}`] : [],
  );
  if (notes.length > 0) lines.push(...notes, '');
  if (omitted.length > 0) {
    lines.push(
      omission ? 'Left out, which with CI=true is a failure:' : 'Left out:',
      ...omitted.map((line) => `  ${line}`),
      '',
    );
  }
  lines.push(`${passed} passed, ${failed} failed`);
  return { text: lines.join('\n'), exitCode: failed > 0 || passed === 0 ? 1 : 0 };
}

import { expect } from 'vitest';
import type { Result } from '../src/diagnostic.ts';

/** How often a property is tried; the seed is fixed, so that a run that failed fails again. */
export const RUNS = { numRuns: 10_000, seed: 20_240_817 };

/** Milliseconds after which a reader hangs, on a busy machine too. */
export const HANG = 600_000;

/** Asserts what every answer of a reader must be: a value, or diagnostics for people that point into the text. */
export function checkDiagnostics(result: Result<unknown>, text: string, file: string): void {
  if (result.ok) return;
  const lines = text.split('\n');
  if (result.diagnostics.length === 0) expect.fail('refused without a diagnostic');
  for (const { file: named, line, column, message, field = '', fix = '' } of result.diagnostics) {
    // A column may be one past the end of its line.
    const within =
      Number.isInteger(line) &&
      Number.isInteger(column) &&
      line >= 1 &&
      column >= 1 &&
      column <= (lines[line - 1]?.length ?? -1) + 1;
    if (named !== file || !within) expect.fail(`${named}:${line}:${column} is not in the text: ${message}`);
    if (
      message === '' ||
      [message, field, fix].some(({ length }) => length > 1_000) ||
      /\n\s+at |RangeError|TypeError|call stack|\[object|undefined|NaN/.test(message.replace(/"(?:[^"\\]|\\.)*"/g, ''))
    ) {
      expect.fail(`no message for people: ${message}`);
    }
  }
}

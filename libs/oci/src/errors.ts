import { UserError } from '@dockyard/exec';

/** A layout or a blob isn't what it should be. Names the file, and what was expected and found where that can be said. */
export class LayoutError extends UserError {
  override readonly name = 'LayoutError';
  readonly file: string;
  readonly expected: string | undefined;
  readonly found: string | undefined;

  /**
   * @param file the file or folder that is wrong
   * @param problem what is wrong, in a few words
   * @param details what was expected and found, what to do about it (`hint`), and the error behind (`cause`)
   */
  constructor(
    file: string,
    problem: string,
    details: { expected?: string; found?: string; hint?: string; cause?: unknown } = {},
  ) {
    const lines = [`${file}: ${problem}`];
    if (details.expected !== undefined) lines.push(`  expected ${details.expected}`);
    if (details.found !== undefined) lines.push(`  found    ${details.found}`);
    super(lines.join('\n'), {
      ...(details.hint === undefined ? {} : { hint: details.hint }),
      ...(details.cause === undefined ? {} : { cause: details.cause }),
    });
    this.file = file;
    this.expected = details.expected;
    this.found = details.found;
  }
}

/** The code of a system error (`ENOENT`, `ENOSPC`, …), if it is one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

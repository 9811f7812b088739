/** What a stage came to. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  /** Names of tests that were skipped. */
  readonly skipped: readonly string[];
}

/** The parts of vitest's JSON report (that of Jest) that are counted. */
interface Report {
  readonly testResults?: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * Counts the tests of a vitest run. A file that can't be loaded counts as one failure, and so does a run that fails although no test did.
 *
 * @param report text of vitest's JSON report; undefined where it wrote none
 * @param exitCode vitest's
 */
export function countTests(report: string | undefined, exitCode: number): Count {
  const files = report === undefined ? [] : ((JSON.parse(report) as Report).testResults ?? []);
  let passed = 0;
  let failed = 0;
  const skipped: string[] = [];
  for (const file of files) {
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) failed += 1;
    for (const { fullName, status } of file.assertionResults) {
      if (status === 'passed') passed += 1;
      else if (status === 'failed') failed += 1;
      else skipped.push(fullName);
    }
  }
  if (failed === 0 && exitCode !== 0) failed = 1;
  return { passed, failed, skipped };
}

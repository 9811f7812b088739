import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTestRecord, requireOutput, type TestRecord } from '@dockyard/build';
import { testPaths } from '@dockyard/project';

/** What is known of the test of one platform's image. */
export type TestOutcome =
  /** On the very digest that is built. Without `tests` where the report is gone; 0 where the definition has none. */
  | { readonly kind: 'passed'; readonly tests?: number; readonly skipped?: number }
  | { readonly kind: 'failed'; readonly tests: number; readonly failed: number }
  | { readonly kind: 'not tested' };

/** By project and OCI platform. */
export type TestOutcomes = Readonly<Record<string, Readonly<Record<string, TestOutcome>>>>;

/**
 * Reads what the tests of built images have left.
 *
 * @param workspace absolute path of the workspace root
 * @param images projects with their OCI platforms
 * @returns one for each platform that is built
 */
export async function testOutcomes(
  workspace: string,
  images: readonly { readonly project: string; readonly platforms: readonly string[] }[],
): Promise<TestOutcomes> {
  const outcomes: Record<string, Record<string, TestOutcome>> = {};
  const read = (path: string) => readFile(join(workspace, path), 'utf8').catch(() => undefined);
  for (const { project, platforms } of images) {
    for (const platform of platforms) {
      const built = await requireOutput(workspace, project, platform, 'image').catch(() => undefined);
      if (built === undefined) continue;
      const paths = testPaths(project, platform);
      // One that is damaged tells nothing, and is gone then.
      const record = await readTestRecord(workspace, paths.record).catch(() => undefined);
      const outcome = outcomeOf(built.record.digest, record, await read(paths.report));
      outcomes[project] = { ...outcomes[project], [platform]: outcome };
    }
  }
  return outcomes;
}

/**
 * Judges a test by what it left. It begins by removing both, and writes the record last, only where all passed.
 *
 * @param digest of the manifest that is built
 * @param record what test.json holds
 * @param report text of junit.xml as vitest writes it: the counts are attributes of its elements
 */
export function outcomeOf(digest: string, record: TestRecord | undefined, report: string | undefined): TestOutcome {
  const count = (attribute: string): number =>
    [...(report ?? '').matchAll(new RegExp(`<testsuite [^>]*\\b${attribute}="(\\d+)"`, 'g'))].reduce(
      (sum, [, number]) => sum + Number(number),
      0,
    );
  if (record === undefined) {
    const failed = count('failures') + count('errors');
    return failed === 0 ? { kind: 'not tested' } : { kind: 'failed', tests: count('tests'), failed };
  }
  if (record.digest !== digest) return { kind: 'not tested' };
  if (record.files.length === 0) return { kind: 'passed', tests: 0 };
  return report === undefined
    ? { kind: 'passed' }
    : { kind: 'passed', tests: count('tests') - count('skipped'), skipped: count('skipped') };
}

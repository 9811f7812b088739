import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type IndexRecord, requireOutput, type TestRecord } from '@dockyard/build';
import { testPaths } from '@dockyard/project';
import { UserError } from '@dockyard/exec';

/**
 * Makes sure that every platform of an index has the Debian packages of its locks, and none that stood in for them.
 *
 * @param workspace absolute path of the workspace root
 * @param record of the index
 * @throws {UserError} one has others
 */
export async function requireLocked(workspace: string, { project, platforms }: IndexRecord): Promise<void> {
  for (const { platform } of platforms) {
    const { record } = await requireOutput(workspace, project, platform, 'image');
    if (record.unlocked !== true) continue;
    throw new UserError(
      `The ${platform} image of ${project}, or what it is made from, was built with other Debian packages than its lock has.`,
      { hint: 'Lock what Debian has now: npm run lock' },
    );
  }
}

/**
 * Makes sure that every platform of an index passed its test on the very digest that it has: whoever pulls it gets the bytes that passed.
 *
 * @param workspace absolute path of the workspace root
 * @param record of the index
 * @throws {UserError} one was not tested as it is
 */
export async function requireTested(workspace: string, record: IndexRecord): Promise<void> {
  const { project } = record;
  for (const { platform, digest } of record.platforms) {
    const path = testPaths(project, platform).record;
    const text = await readFile(join(workspace, path), 'utf8').catch(() => undefined);
    const tested = text === undefined ? undefined : (JSON.parse(text) as TestRecord).digest;
    if (tested !== digest)
      throw new UserError(
        `The ${platform} image of ${project} is ${digest}, and ${tested === undefined ? 'no test' : `the test of ${tested}`} passed.`,
        { hint: `Run: npx nx run-many -t test:${path.split('/').at(-2) ?? ''} -p ${project}` },
      );
  }
}

/**
 * Makes sure that an index has every platform that its definition declares: all are published, or none.
 *
 * @param record of the index
 * @throws {UserError} it lacks one
 */
export function requireComplete({ project, missing }: IndexRecord): void {
  if (missing.length === 0) return;
  throw new UserError(`The index of ${project} lacks ${missing.join(', ')}, which its definition declares.`, {
    hint: `Build it with all platforms, here with a runner for each (DOCKYARD_RUNNERS; npx dockyard doctor shows them), or in CI: npx nx image ${project}`,
  });
}

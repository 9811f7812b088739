import { type IndexRecord, readPassed, requireOutput } from '@dockyard/build';
import { archSuffix } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { passedPath, testPaths } from '@dockyard/project';

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
 * Makes sure that every platform of an index passed its test and the rules, and upstream's own tests where it has them, each on the very
 * digest that it has: whoever pulls it gets the bytes that passed.
 *
 * @param workspace absolute path of the workspace root
 * @param record of the index
 * @param o.checks whether upstream's own tests are among them
 * @throws {UserError} one didn't pass as it is; with the tasks to run
 */
export async function requirePassed(workspace: string, record: IndexRecord, o: { checks: boolean }): Promise<void> {
  const { project } = record;
  const missing: { task: Task; arch: string; message: string }[] = [];
  for (const { platform, digest } of record.platforms) {
    for (const task of TASKS) {
      if (task === 'check' && !o.checks) continue;
      const path = task === 'test' ? testPaths(project, platform).record : passedPath(project, platform, task);
      const what = task === 'check' ? 'artifacts' : 'image';
      const built = what === 'image' ? digest : (await requireOutput(workspace, project, platform, what)).record.digest;
      const passed = await readPassed(workspace, path);
      if (passed === built) continue;
      const instead = passed === undefined ? `no ${task}` : `the ${task} of ${passed}`;
      const message = `The ${platform} ${what} of ${project} ${what === 'image' ? 'is' : 'are'} ${built}, and ${instead} passed.`;
      missing.push({ task, arch: archSuffix(platform), message });
    }
  }
  if (missing.length > 0)
    throw new UserError(missing.map(({ message }) => message).join('\n'), {
      hint: `Run: npx nx run-many -t ${missing.map(({ task, arch }) => `${task}:${arch}`).join(' ')} -p ${project}`,
    });
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

const TASKS = ['test', 'lint', 'check'] as const;
type Task = (typeof TASKS)[number];

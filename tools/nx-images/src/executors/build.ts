import { build } from '@dockyard/build';
import { type BuildUse } from '@dockyard/project';
import { showProgress } from '@dockyard/sources';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `compile:<arch>` and `image:<arch>`. */
export default function buildExecutor(
  options: { use: BuildUse; platform: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runTask(context, async (task) => {
    const progress = showProgress(process.stdout);
    const record = await build({ ...task, ...options, report: progress.report }).finally(() => {
      progress.end();
    });
    task.onLine(`${record.kind} of ${record.project} for ${record.platform}: ${record.digest}`);
    return true;
  });
}

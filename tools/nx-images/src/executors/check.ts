import { check } from '@dockyard/build';
import { showProgress } from '@dockyard/sources';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `check:<arch>`. */
export default function checkExecutor(
  options: { platform: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runTask(context, async (task) => {
    const progress = showProgress(process.stdout);
    await check({ ...task, ...options, report: progress.report }).finally(() => {
      progress.end();
    });
    return true;
  });
}

import { isSame, renderComparisons, reproduce } from '@dockyard/build';
import { showProgress } from '@dockyard/sources';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `reproduce`. */
export default function reproduceExecutor(_options: object, context: ExecutorContext): Promise<{ success: boolean }> {
  return runTask(context, async (task) => {
    const progress = showProgress(process.stdout);
    const comparisons = await reproduce({ ...task, report: progress.report }).finally(() => {
      progress.end();
    });
    for (const line of ['', ...renderComparisons(context.projectName ?? '', comparisons)]) task.onLine(line);
    return comparisons.every(isSame);
  });
}

import { isSame, renderComparisons, reproduce } from '@dockyard/build';
import type { Engine } from '@dockyard/engine';
import { showProgress } from '@dockyard/sources';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

interface Options {
  /** The engine of the second build. */
  readonly engine?: Engine['name'];
}

/** Nx executor of `reproduce`. */
export default function reproduceExecutor(
  { engine }: Options,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runTask(context, async (task) => {
    const progress = showProgress(process.stdout);
    const comparisons = await reproduce({
      ...task,
      ...(engine !== undefined && { engine }),
      report: progress.report,
    }).finally(() => {
      progress.end();
    });
    for (const line of ['', ...renderComparisons(context.projectName ?? '', comparisons)]) task.onLine(line);
    return comparisons.every(isSame);
  });
}

import { isSame, renderComparisons, reproduce } from '@dockyard/build';
import type { Engine } from '@dockyard/engine';
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
    const comparisons = await reproduce({ ...task, ...(engine !== undefined && { engine }) });
    for (const line of ['', ...renderComparisons(context.projectName ?? '', comparisons)]) task.print(line);
    return comparisons.every(isSame);
  });
}

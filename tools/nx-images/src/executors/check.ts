import { check } from '@dockyard/build';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `check:<arch>`. */
export default function checkExecutor(
  options: { platform: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runTask(
    context,
    async (task) => {
      await check({ ...task, ...options });
      return true;
    },
    options.platform,
  );
}

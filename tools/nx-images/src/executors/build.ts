import { build } from '@dockyard/build';
import { type BuildUse } from '@dockyard/project';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `compile:<arch>` and `image:<arch>`. */
export default function buildExecutor(
  options: { use: BuildUse; platform: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runTask(
    context,
    async (task) => {
      const record = await build({ ...task, ...options });
      task.onLine(`${record.kind} ${record.digest}`);
      return true;
    },
    options.platform,
  );
}

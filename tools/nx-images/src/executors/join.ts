import { joinPlatforms, requireProject } from '@dockyard/build';
import { platformSelector } from '@dockyard/runner';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `image`. */
export default function joinExecutor(_options: object, context: ExecutorContext): Promise<{ success: boolean }> {
  return runTask(context, async (task) => {
    const { definition } = requireProject(task.workspace, task.root);
    const platforms = platformSelector({ cwd: task.workspace })(definition);
    const record = await joinPlatforms({ ...task, platforms });
    task.onLine(`index ${record.digest} (${platforms.join(', ')})`);
    return true;
  });
}

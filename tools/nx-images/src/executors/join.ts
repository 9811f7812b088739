import { joinPlatforms, requireProject } from '@dockyard/build';
import { selectedPlatforms } from '@dockyard/runner';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `image`. */
export default function joinExecutor(_options: object, context: ExecutorContext): Promise<{ success: boolean }> {
  return runTask(context, async (task) => {
    const { definition } = requireProject(task.workspace, task.root);
    const platforms = selectedPlatforms(definition.platforms, { cwd: task.workspace, emulate: definition.emulate });
    const record = await joinPlatforms({ ...task, platforms });
    task.onLine(`index of ${record.project}: ${record.digest} (${platforms.join(', ')})`);
    return true;
  });
}

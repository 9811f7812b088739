import { testImage } from '@dockyard/build';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `test:<arch>`. */
export default function testExecutor(
  options: { platform: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runTask(context, (task) => testImage({ ...task, ...options }), options.platform);
}

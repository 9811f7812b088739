import { lintImage } from '@dockyard/image-lint';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `lint:<arch>`. */
export default function lintExecutor(
  options: { platform: string },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runTask(context, (task) => lintImage({ ...task, ...options }), options.platform);
}

import { publishImage } from '@dockyard/publish';
import type { ExecutorContext } from '@nx/devkit';
import { runTask } from './task.ts';

/** Nx executor of `publish`. */
export default function publishExecutor(
  options: { dryRun?: boolean },
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runTask(context, (task) => publishImage({ ...task, ...options, env: process.env }));
}

import { CommandError, UserError } from '@dockyard/exec';
import type { ExecutorContext } from '@nx/devkit';

/** What an executor hands to the library that does its work. */
export interface Task {
  readonly workspace: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** Aborted by Ctrl-C and by Nx ending the task. */
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/**
 * Runs an executor's one library call: finds the project, turns signals into an abort, prints errors that a user can mend
 * without a stack.
 *
 * @param context as Nx gives it.
 * @param work the call; its boolean is the task's success.
 * @returns Nx's result of a task.
 */
export async function runTask(
  context: ExecutorContext,
  work: (task: Task) => Promise<boolean>,
): Promise<{ success: boolean }> {
  const root = context.projectsConfigurations.projects[context.projectName ?? '']?.root;
  if (root === undefined) throw new Error('This executor runs on a project only');
  const controller = new AbortController();
  const abort = (signal: NodeJS.Signals): void => {
    controller.abort(new UserError(`Ended by ${signal}; nothing was left half-written.`));
  };
  process.on('SIGINT', abort).on('SIGTERM', abort);
  try {
    const onLine = (line: string): void => {
      console.log(line);
    };
    return { success: await work({ workspace: context.root, root, signal: controller.signal, onLine }) };
  } catch (thrown) {
    // What was aborted says which command it was; who aborted says why.
    const error: unknown = controller.signal.aborted ? controller.signal.reason : thrown;
    if (!(error instanceof UserError) && !(error instanceof CommandError)) throw error;
    console.error(`\n${error.message}`);
    if (error instanceof UserError && error.hint !== undefined) console.error(`→ ${error.hint}`);
    return { success: false };
  } finally {
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}

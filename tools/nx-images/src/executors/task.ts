import { healingOutputs, requireInputs } from '@dockyard/build';
import { archSuffix, type PlatformName, PLATFORMS } from '@dockyard/definition';
import { CommandError, UserError } from '@dockyard/exec';
import { type Progress, showProgress } from '@dockyard/sources';
import type { ExecutorContext } from '@nx/devkit';
import { taskLog } from './task-log.ts';
import { unreadyBuilds } from './unready.ts';

const TICK_MS = 5_000;

/** What an executor hands to the library that does its work. */
export interface Task {
  readonly workspace: string;
  /** Folder of the definition, relative to the workspace root. */
  readonly root: string;
  /** Aborted by Ctrl-C and by Nx ending the task. */
  readonly signal: AbortSignal;
  /** Takes our own progress. */
  readonly onLine: (line: string) => void;
  /** Takes the output of an engine. */
  readonly onOutput: (line: string) => void;
  /** Whether a person wants to see everything. */
  readonly verbose: boolean;
  /** Takes the progress of downloads. */
  readonly report: Progress['report'];
  /** Prints a line of what the task is for, such as a table. */
  readonly print: (line: string) => void;
}

/**
 * Runs an executor's one library call: finds the project, turns signals into an abort, shows progress, prints errors that a user can mend
 * without a stack. Where any task of the same command lacks what a person has to write first, this one fails with that.
 *
 * @param context as Nx gives it.
 * @param work the call; its boolean is the task's success.
 * @param platform of the task's options; undefined where it has none. It is that of the target, whose inputs and outputs Nx knows.
 * @returns Nx's result of a task.
 */
export async function runTask(
  context: ExecutorContext,
  work: (task: Task) => Promise<boolean>,
  platform?: string,
): Promise<{ success: boolean }> {
  const root = context.projectsConfigurations.projects[context.projectName ?? '']?.root;
  if (root === undefined) throw new Error('This executor runs on a project only');
  const controller = new AbortController();
  const print = (line: string): void => {
    console.log(line);
  };
  const log = taskLog({
    target: context.targetName ?? '',
    verbose: context.isVerbose,
    write: print,
    now: () => performance.now(),
  });
  const abort = (signal: NodeJS.Signals): void => {
    if (!controller.signal.aborted) log.line(`stopping (${signal}) …`);
    controller.abort(new UserError(`Ended by ${signal}; nothing was left half-written.`));
  };
  process.on('SIGINT', abort).on('SIGTERM', abort);
  const progress = showProgress({
    isTTY: process.stdout.isTTY,
    columns: process.stdout.columns,
    write: (text) => process.stdout.write(text),
    line: log.line,
  });
  const ticking = setInterval(log.tick, TICK_MS).unref();
  try {
    if (platform !== undefined) requireOwnPlatform(context, platform);
    requireInputs(context.root, unreadyBuilds(context));
    const task: Task = {
      workspace: context.root,
      root,
      signal: controller.signal,
      print,
      verbose: context.isVerbose,
      report: progress.report,
      onLine: log.line,
      onOutput: (line) => {
        // Whatever an engine runs comes after all that is fetched for it.
        progress.end();
        log.output(line);
      },
    };
    return { success: await healingOutputs(context.root, () => work(task)) };
  } catch (thrown) {
    progress.end();
    // What was aborted says which command it was; who aborted says why.
    const error: unknown = controller.signal.aborted ? controller.signal.reason : thrown;
    if (!(error instanceof UserError) && !(error instanceof CommandError)) throw error;
    console.error(`\n${error.message}`);
    if (error instanceof UserError && error.hint !== undefined) console.error(`→ ${error.hint}`);
    return { success: false };
  } finally {
    progress.end();
    clearInterval(ticking);
    process.off('SIGINT', abort).off('SIGTERM', abort);
  }
}

function requireOwnPlatform({ projectName = '', targetName = '' }: ExecutorContext, platform: string): void {
  const kind = targetName.split(':')[0] ?? targetName;
  const suffix = PLATFORMS.includes(platform as PlatformName) ? archSuffix(platform) : undefined;
  if (targetName === `${kind}:${suffix ?? ''}`) return;
  throw new UserError(`${projectName}:${targetName} is not for ${platform}.`, {
    hint:
      suffix === undefined
        ? 'Leave --platform out.'
        : `Leave --platform out, and run ${projectName}:${kind}:${suffix}.`,
  });
}

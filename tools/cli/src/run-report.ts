import { archSuffix, PLATFORMS } from '@dockyard/definition';
import { checkLogPath, outputPaths, testLogPath } from '@dockyard/project';
import type { TaskOutcome } from './nx.ts';
import { formatSeconds } from './text.ts';

/**
 * What a cell of the table says about a task.
 *
 * @param outcome undefined where it wasn't run
 * @param exists whether the project has such a task at all
 */
export function describeTask(outcome: TaskOutcome | undefined, exists: boolean): string {
  if (outcome === undefined) return exists ? 'not run' : '–';
  if (!outcome.ok) return 'failed';
  return outcome.from === 'built' ? formatSeconds(outcome.seconds) : outcome.from;
}

/** Rows that name the tasks of a run by where their results came from. */
export function describeRun(outcomes: ReadonlyMap<string, TaskOutcome>): string[][] {
  return (['built', 'cache', 'remote cache'] as const).flatMap((from) => {
    const tasks = [...outcomes].filter(([, outcome]) => outcome.ok && outcome.from === from).map(([id]) => id);
    return tasks.length === 0 ? [] : [[from, tasks.join(', ')]];
  });
}

/** A line for each task that failed, with its log. */
export function describeFailures(outcomes: ReadonlyMap<string, TaskOutcome>): string[] {
  return [...outcomes]
    .filter(([, { ok }]) => !ok)
    .map(([id]) => {
      const log = logOf(id);
      return `${id} failed.${log === undefined ? '' : ` Its whole log: ${log}`}`;
    });
}

/** Where a task keeps what its programs print, relative to the workspace root. */
function logOf(id: string): string | undefined {
  const [project = '', kind, arch] = id.split(':');
  const platform = PLATFORMS.find((one) => archSuffix(one) === arch);
  if (platform === undefined) return undefined;
  if (kind === 'compile') return outputPaths(project, platform, 'artifacts').log;
  if (kind === 'image') return outputPaths(project, platform, 'image').log;
  if (kind === 'check') return checkLogPath(project, platform);
  return kind === 'test' ? testLogPath(project, platform) : undefined;
}

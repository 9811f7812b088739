import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspaceCopy } from './workspace-copy.ts';

interface Run {
  tasks: { taskId: string; cacheStatus: string }[];
}

/** What a run of Nx did: task ids, sorted. */
export interface RunTasks {
  /** All of the run: what was asked for, and what that depends on. */
  selected: string[];
  /** Those that it really executed, and didn't restore from its cache. */
  executed: string[];
}

/**
 * Runs Nx and tells which tasks it ran, and which of them it really executed.
 *
 * @param copy the workspace
 * @param args of Nx
 * @param env added to the environment
 * @throws an error with Nx's whole output where it fails
 */
export async function runTasks(
  copy: WorkspaceCopy,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunTasks> {
  const record = join(copy.root, '.nx/cache/run.json');
  rmSync(record, { force: true });
  const result = await copy.nx(args, env);
  if (result.exitCode !== 0) throw new Error(`nx ${args.join(' ')} failed:\n${result.stdout}`);
  if (result.stdout.includes('No tasks were run')) return { selected: [], executed: [] };
  const { tasks } = JSON.parse(readFileSync(record, 'utf8')) as Run;
  const ids = (of: Run['tasks']): string[] => of.map(({ taskId }) => taskId).sort();
  return { selected: ids(tasks), executed: ids(tasks.filter(({ cacheStatus }) => cacheStatus === 'cache-miss')) };
}

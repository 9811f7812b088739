import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkspaceCopy } from './workspace-copy.ts';

interface Run {
  tasks: { taskId: string; cacheStatus: string }[];
}

/**
 * Runs Nx and tells which tasks it really executed, and didn't restore from its cache.
 *
 * @param copy the workspace
 * @param args of Nx
 * @param env added to the environment
 * @returns task ids, sorted
 * @throws an error with Nx's whole output where it fails
 */
export async function executedTasks(
  copy: WorkspaceCopy,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const record = join(copy.root, '.nx/cache/run.json');
  rmSync(record, { force: true });
  const result = await copy.nx(args, env);
  if (result.exitCode !== 0) throw new Error(`nx ${args.join(' ')} failed:\n${result.stdout}`);
  if (result.stdout.includes('No tasks were run')) return [];
  const { tasks } = JSON.parse(readFileSync(record, 'utf8')) as Run;
  return tasks
    .filter(({ cacheStatus }) => cacheStatus === 'cache-miss')
    .map(({ taskId }) => taskId)
    .sort();
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withScratch } from '@dockyard/build';
import { archSuffix, PLATFORMS } from '@dockyard/definition';
import type { Exec } from '@dockyard/exec';
import { changedTasks, type Explanation, readExplanation } from './explanation.ts';
import { readTaskGraph, selectTasks, type TaskGraph } from './task-graph.ts';

/** What Nx says of a change. */
export interface Affected {
  /** The tasks that the change reaches; what they depend on beyond that, Nx restores from the cache. */
  readonly graph: TaskGraph;
  /** Why; absent where everything was asked for. */
  readonly explanation?: Explanation;
}

/** A change, and of which platforms. */
export interface AffectedOptions {
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  /** Commit before the change; undefined asks for everything. */
  readonly base: string | undefined;
  /** Commit with the change; without one, what lies in the checkout. */
  readonly head?: string;
  /** OCI platforms; those that the definitions declare when absent. */
  readonly platforms?: readonly string[];
  readonly signal?: AbortSignal;
}

/** A commit that is none: what GitLab calls the one before a branch's first. */
const NO_COMMIT = /^0+$/;

/**
 * Asks Nx which tasks a change makes necessary: joins, tests, lints and upstream's own tests, and what they depend on.
 *
 * @param exec runs Nx
 * @param options the change; a base of zeros asks for everything as well
 * @throws {CommandError} Nx fails, such as for an unknown commit or definitions with mistakes
 * @see https://nx.dev/nx-api/nx/documents/affected
 */
export async function affected(exec: Exec, options: AffectedOptions): Promise<Affected> {
  const { workspace, base, head, platforms, signal } = options;
  const targets = [
    'image',
    ...(platforms ?? PLATFORMS).flatMap((name) =>
      ['test', 'lint', 'check'].map((target) => `${target}:${archSuffix(name)}`),
    ),
  ];
  return withScratch(workspace, 'pipeline-', async (folder) => {
    const nx = async (args: readonly string[], file: string): Promise<string> => {
      await exec(
        {
          command: join(workspace, 'node_modules', '.bin', 'nx'),
          args: [...args, file],
          cwd: workspace,
          // Outside CI only platforms with a runner here are selected.
          env: { CI: 'true', ...(platforms !== undefined && { DOCKYARD_PLATFORMS: platforms.join(',') }) },
        },
        signal === undefined ? {} : { signal },
      );
      return readFile(file, 'utf8');
    };
    const graph = join(folder, 'graph.json');
    const common = [`--targets=${targets.join(',')}`];
    if (base === undefined || NO_COMMIT.test(base))
      return { graph: readTaskGraph(await nx(['run-many', ...common, '--graph'], graph)) };
    const change = ['affected', ...common, `--base=${base}`, ...(head === undefined ? [] : [`--head=${head}`])];
    const explanation = readExplanation(await nx([...change, '--explain'], join(folder, 'explanation.json')));
    const changed = changedTasks(explanation);
    // Nx writes no graph where nothing is affected.
    if (changed.size === 0) return { graph: { tasks: new Map(), dependencies: new Map() }, explanation };
    return { graph: selectTasks(readTaskGraph(await nx([...change, '--graph'], graph)), changed), explanation };
  });
}

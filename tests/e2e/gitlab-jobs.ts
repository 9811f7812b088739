import { globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandResult, exec, git } from '@dockyard/exec';
import { CHECKOUT } from './workspace-copy.ts';

/** Variables of a pipeline of a merge request; `CI_MERGE_REQUEST_DIFF_BASE_SHA` is missing. */
export const MERGE_REQUEST = {
  CI_PIPELINE_SOURCE: 'merge_request_event',
  CI_MERGE_REQUEST_IID: '7',
  CI_PROJECT_ID: '1',
  CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '1',
};

export interface Jobs {
  /** A bare repository. */
  readonly origin: string;
  readonly branch: string;
  /** The workspace whose node modules it gets. */
  readonly modules: string;
  /** Folder of the runner, which is made. */
  readonly root: string;
  /** Files that are written before. */
  readonly files?: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
  /** Arguments of gitlab-ci-local. */
  readonly jobs: readonly string[];
}

/** Clones the repository onto a machine that has nothing of it: files of git, and the node modules of a workspace. */
export async function cloneRepository(o: Pick<Jobs, 'origin' | 'branch' | 'modules' | 'root'>): Promise<void> {
  await git(exec, o.modules, ['clone', '--quiet', '--branch', o.branch, o.origin, o.root]);
  await git(exec, o.root, ['remote', 'set-head', 'origin', 'main']);
  for (const path of globSync('{,libs/*/,tools/*/}node_modules', { cwd: o.modules }))
    await exec({ command: 'cp', args: ['-al', join(o.modules, path), join(o.root, path)] });
}

/**
 * Runs jobs of .gitlab-ci.yml on a new runner, whose only inheritance is a clone of the repository.
 *
 * @returns the log, both streams in `stdout`; it may have failed
 */
export async function runJobs({
  origin,
  branch,
  modules,
  root,
  files = {},
  variables,
  jobs,
}: Jobs): Promise<CommandResult> {
  await cloneRepository({ origin, branch, modules, root });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(root, path), text);
  const result = await exec(
    {
      command: join(CHECKOUT, 'node_modules', '.bin', 'gitlab-ci-local'),
      args: [
        '--force-shell-executor',
        ...Object.entries(variables).flatMap(([name, value]) => ['--variable', `${name}=${value}`]),
        ...jobs,
      ],
      cwd: root,
      env: { CI: undefined, DOCKYARD_ENGINE: 'podman', DOCKYARD_PLATFORMS: undefined, FORCE_COLOR: '0' },
    },
    { reject: false },
  );
  // A job's two streams are one log.
  return { ...result, stdout: `${result.stdout}\n${result.stderr}` };
}

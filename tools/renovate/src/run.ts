import { dirname, join } from 'node:path';
import { requireProject } from '@dockyard/build';
import { findDefinitions } from '@dockyard/project';
import { type Exec, UserError } from '@dockyard/exec';
import { renovateEnvironment } from './environment.ts';
import { quietLines } from './lines.ts';
import type { Runtime } from './runtime.ts';

/** The only commands that Renovate may run for a branch: those that renovate.json names, on files of images. No shell is between. */
const ALLOWED_COMMANDS = ['^npm run --silent sources -- --update images/[\\w./-]+\\.yaml$', '^npm run --silent docs$'];

/** What those commands read besides Renovate's own short list. */
const PASSED = ['DOCKYARD_STORE', 'DOCKYARD_DEBIAN_MIRROR', 'npm_config_cache'];

/**
 * The environment of a run on GitLab, out of a job's own.
 *
 * @param workspace absolute path of the workspace root
 * @param env of the job: CI_API_V4_URL, CI_PROJECT_PATH and RENOVATE_TOKEN
 * @returns what to change in it
 * @throws {UserError} something is not set
 */
export function gitlabEnvironment(workspace: string, env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const required = (name: string, what: string): string => {
    const value = env[name];
    if (value === undefined || value === '')
      throw new UserError(`${name} is not set: ${what}.`, {
        hint: 'docs/renovate.md says what a scheduled run needs.',
      });
    return value;
  };
  required('RENOVATE_TOKEN', 'the access token that branches are pushed and merge requests are opened with');
  const passed = PASSED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return {
    ...renovateEnvironment(env),
    RENOVATE_PLATFORM: 'gitlab',
    RENOVATE_ENDPOINT: required('CI_API_V4_URL', "GitLab's API, which GitLab names to every job"),
    RENOVATE_REPOSITORIES: required('CI_PROJECT_PATH', 'the project, which GitLab names to every job'),
    RENOVATE_ONBOARDING: 'false',
    RENOVATE_REQUIRE_CONFIG: 'required',
    // A broken renovate.json stops the run and opens an issue, instead of a run with half of it.
    RENOVATE_CONFIG_VALIDATION_ERROR: 'true',
    RENOVATE_BINARY_SOURCE: 'global',
    RENOVATE_BASE_DIR: join(workspace, '.dockyard', 'renovate', 'base'),
    RENOVATE_CACHE_DIR: join(workspace, '.dockyard', 'renovate', 'cache'),
    RENOVATE_REPOSITORY_CACHE: 'enabled',
    RENOVATE_PERSIST_REPO_DATA: 'true',
    RENOVATE_ALLOWED_COMMANDS: JSON.stringify(ALLOWED_COMMANDS),
    RENOVATE_ALLOW_SHELL_EXECUTOR_FOR_POST_UPGRADE_COMMANDS: 'false',
    RENOVATE_CUSTOM_ENV_VARIABLES: JSON.stringify(Object.fromEntries(passed)),
    LOG_LEVEL: env['LOG_LEVEL'] ?? 'info',
  };
}

export interface RunOptions {
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly signal?: AbortSignal;
  /** Of the job; ours by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** Settings of Renovate (`RENOVATE_…`) that go before all others. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * Lets Renovate open, update and merge merge requests of a GitLab project.
 *
 * @param exec what runs it
 * @param runtime the installed Renovate
 * @param workspace absolute path of the workspace root, which holds its cache
 * @param options what takes its log, and what ends it
 * @returns its exit code, which is 1 where it logged an error
 * @throws {UserError} the environment lacks something, or a definition has mistakes
 */
export async function runOnGitlab(
  exec: Exec,
  runtime: Runtime,
  workspace: string,
  options: RunOptions = {},
): Promise<number> {
  const job = options.env ?? process.env;
  const { exitCode } = await exec(
    {
      command: runtime.renovate,
      args: [],
      cwd: workspace,
      env: {
        ...job,
        ...gitlabEnvironment(workspace, job),
        RENOVATE_PACKAGE_RULES: JSON.stringify(
          quietLines(findDefinitions(workspace).map((file) => requireProject(workspace, dirname(file)).definition)),
        ),
        ...options.settings,
      },
    },
    {
      reject: false,
      redact: ['RENOVATE_TOKEN', 'RENOVATE_GITHUB_COM_TOKEN'].flatMap((name) => job[name] ?? []),
      ...(options.onLine !== undefined && { onLine: options.onLine }),
      ...(options.signal !== undefined && { signal: options.signal }),
    },
  );
  return exitCode;
}

import type { ArchSuffix } from '@dockyard/definition';
import { formatCommand } from '@dockyard/exec';
import type { Job } from './job.ts';
import type { Task } from './task-graph.ts';

/** A GitLab CI configuration as plain data, in the order of the file. */
export type Configuration = Readonly<Record<string, unknown>>;

/** The file that defines the jobs `.native`, `.join` and `.anywhere`, which this one's jobs extend; from the root of the repository. */
export const TEMPLATES = '/.ci/jobs.yml';

/** The second tag of a runner: what is trusted never runs beside what is not. */
const TRUST = '$DOCKYARD_TRUST';

const STAGE = 'build';
const JOINING = '.joining';
const IDLING = '.idling';

/** Needs nothing of what a job that builds is given. */
const IDLE = { before_script: [], after_script: [], cache: [], variables: { GIT_STRATEGY: 'none' } };

/**
 * Writes jobs as a GitLab CI configuration. All are of one stage: only `needs` order them.
 *
 * @param jobs in the order of the file
 * @param variables of the pipeline that a child doesn't get by itself
 */
export function configurationOf(jobs: readonly Job[], variables: Readonly<Record<string, string>>): Configuration {
  const arches = [...new Set(jobs.flatMap(({ arch }) => arch ?? []))].sort();
  return {
    include: [{ local: TEMPLATES }],
    // Without rules of its own a child of a merge request's pipeline has no jobs:
    // https://docs.gitlab.com/ci/pipelines/downstream_pipelines/#run-child-pipelines-with-merge-request-pipelines
    workflow: { rules: [{ when: 'always' }] },
    stages: [STAGE],
    ...(Object.keys(variables).length > 0 && { variables }),
    ...Object.fromEntries(
      arches.map((arch) => [
        template(arch),
        { extends: '.native', stage: STAGE, tags: [arch, TRUST], variables: { ARCH: arch } },
      ]),
    ),
    [JOINING]: { extends: '.join', stage: STAGE },
    [IDLING]: { extends: '.anywhere', stage: STAGE, ...IDLE },
    ...Object.fromEntries(jobs.map((job) => [job.name, jobOf(job)])),
  };
}

function jobOf(job: Job): Record<string, unknown> {
  const needs = [...job.needs];
  switch (job.kind) {
    case 'native':
    case 'join':
      return {
        extends: job.arch === undefined ? JOINING : template(job.arch),
        needs,
        script: commands(job.tasks),
      };
    case 'gate':
      return { extends: IDLING, needs, script: ['true'] };
    case 'nothing':
      return { extends: IDLING, needs, script: ['echo "Nothing is affected."'] };
  }
}

function template(arch: ArchSuffix): string {
  return `.${arch}`;
}

/** One command for all projects of which the same targets run. Nx restores what other jobs built before it runs them. */
function commands(tasks: readonly Task[]): string[] {
  const byProject = [...Map.groupBy(tasks, ({ project }) => project)].map(
    ([project, own]) => [project, own.map(({ target }) => target)] as const,
  );
  const byTargets = Map.groupBy(byProject, ([, targets]) => targets.join('\n'));
  return [...byTargets.values()].map((own) =>
    // A shell reads it: each word is quoted.
    formatCommand({
      command: 'npm',
      args: [
        ...['run', '--silent', 'cache', '--', 'run', 'npx', 'nx', 'run-many', '--output-style=stream'],
        ...['-t', ...(own[0]?.[1] ?? []), '-p', ...own.map(([project]) => project)],
      ],
    }),
  );
}

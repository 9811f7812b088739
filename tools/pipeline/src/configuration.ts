import type { ArchSuffix } from '@dockyard/definition';
import type { Job } from './job.ts';
import type { Task } from './task-graph.ts';

/** A GitLab CI configuration as plain data, in the order of the file. */
export type Configuration = Readonly<Record<string, unknown>>;

/** The file that defines the jobs `.native` and `.join`, which this one's jobs extend; from the root of the repository. */
export const TEMPLATES = '/.ci/jobs.yml';

/** The second tag of a runner: what is trusted never runs beside what is not. */
const TRUST = '$DOCKYARD_TRUST';

const STAGE = 'build';
const ANYWHERE = '.anywhere';

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
    [ANYWHERE]: { extends: '.join', stage: STAGE },
    ...Object.fromEntries(jobs.map((job) => [job.name, jobOf(job)])),
  };
}

function jobOf(job: Job): Record<string, unknown> {
  const needs = [...job.needs];
  switch (job.kind) {
    case 'native':
    case 'join':
      return {
        extends: job.arch === undefined ? ANYWHERE : template(job.arch),
        needs,
        script: commands(job.tasks),
      };
    case 'gate':
      return { extends: ANYWHERE, needs, script: ['true'], ...IDLE };
    case 'nothing':
      return { extends: ANYWHERE, needs, script: ['echo "Nothing is affected."'], ...IDLE };
  }
}

function template(arch: ArchSuffix): string {
  return `.${arch}`;
}

/** One command for all projects of which the same targets run. Nx restores what other jobs built before it runs them. */
function commands(tasks: readonly Task[]): string[] {
  const byProject = Map.groupBy(tasks, ({ project }) => project);
  const byTargets = Map.groupBy(byProject, ([, own]) => own.map(({ target }) => target).join(' '));
  return [...byTargets].map(
    ([targets, own]) =>
      `npm run --silent cache -- run npx nx run-many --output-style=stream -t ${targets} -p ${own.map(([project]) => project).join(' ')}`,
  );
}

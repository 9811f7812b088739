import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { matchingRule, type Rule } from './testing/rules.ts';

interface Job {
  readonly extends?: string | readonly string[];
  readonly script?: readonly string[];
  readonly before_script?: readonly string[];
  readonly tags?: readonly string[];
  readonly environment?: { readonly name: string; readonly action: string };
  readonly rules?: readonly Rule[];
  readonly trigger?: unknown;
}
type File = Readonly<Record<string, Job>> & { readonly workflow: { readonly rules: readonly Rule[] } };

const read = (path: string): File => parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')) as File;
const { workflow, ...file } = { ...read('.ci/jobs.yml'), ...read('.gitlab-ci.yml') };

/** A job with all that it extends; what stands further down goes before. */
function resolved(name: string): Job {
  const job = file[name] ?? {};
  const parents = [job.extends ?? []].flat();
  return Object.assign({}, ...parents.map(resolved), job) as Job;
}

const jobs = new Map(
  Object.keys(file)
    .map((name) => [name, resolved(name)] as const)
    .filter(([name, { script }]) => script !== undefined && !name.startsWith('.')),
);

const DEFAULT_BRANCH = { CI_COMMIT_BRANCH: 'main', CI_DEFAULT_BRANCH: 'main', CI_COMMIT_REF_PROTECTED: 'true' };
const BRANCH = { ...DEFAULT_BRANCH, CI_COMMIT_BRANCH: 'feature', CI_COMMIT_REF_PROTECTED: 'false' };
const OPEN = { CI_OPEN_MERGE_REQUESTS: 'fork/images!1' };

describe('a pipeline', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['a push to the default branch', { ...DEFAULT_BRANCH, CI_PIPELINE_SOURCE: 'push' }, 'protected'],
    // Whoever may fork the project may open such a merge request, and did: nothing was published any more, and nothing said so.
    [
      'a push to the default branch, which is the source of a merge request',
      { ...DEFAULT_BRANCH, ...OPEN, CI_PIPELINE_SOURCE: 'push' },
      'protected',
    ],
    [
      'a schedule beside such a merge request',
      { ...DEFAULT_BRANCH, ...OPEN, CI_PIPELINE_SOURCE: 'schedule' },
      'protected',
    ],
    ['a person beside such a merge request', { ...DEFAULT_BRANCH, ...OPEN, CI_PIPELINE_SOURCE: 'web' }, 'protected'],
    ['a person on a branch with a merge request', { ...BRANCH, ...OPEN, CI_PIPELINE_SOURCE: 'web' }, 'unprotected'],
    ['a merge request', { CI_PIPELINE_SOURCE: 'merge_request_event', CI_COMMIT_REF_PROTECTED: 'true' }, 'unprotected'],
    ['a push to a branch', { ...BRANCH, CI_PIPELINE_SOURCE: 'push' }, 'unprotected'],
    ['a push to the branch of a merge request', { ...BRANCH, ...OPEN, CI_PIPELINE_SOURCE: 'push' }, undefined],
    ['a tag', { CI_COMMIT_TAG: 'v1', CI_PIPELINE_SOURCE: 'push', CI_COMMIT_REF_PROTECTED: 'true' }, undefined],
    [
      'a schedule of a tag',
      { CI_COMMIT_TAG: 'v1', CI_PIPELINE_SOURCE: 'schedule', CI_COMMIT_REF_PROTECTED: 'true' },
      undefined,
    ],
  ])('of %s has the right trust', (_, variables, trust) => {
    const rule = matchingRule(workflow.rules, variables);
    expect(rule?.when === 'never' ? undefined : rule?.variables?.['DOCKYARD_TRUST']).toBe(trust);
  });

  it('publishes on the default branch alone, and never by schedule', () => {
    const runs = (variables: Record<string, string>): boolean =>
      matchingRule(jobs.get('publish')?.rules ?? [], variables) !== undefined;
    expect(runs({ ...DEFAULT_BRANCH, CI_PIPELINE_SOURCE: 'push' })).toBe(true);
    for (const other of [
      { ...DEFAULT_BRANCH, CI_PIPELINE_SOURCE: 'schedule' },
      { ...DEFAULT_BRANCH, CI_COMMIT_BRANCH: 'release', CI_PIPELINE_SOURCE: 'push' },
      { ...DEFAULT_BRANCH, CI_COMMIT_REF_PROTECTED: 'false', CI_PIPELINE_SOURCE: 'push' },
      { CI_PIPELINE_SOURCE: 'merge_request_event', CI_DEFAULT_BRANCH: 'main', CI_COMMIT_REF_PROTECTED: 'true' },
    ])
      expect(runs(other)).toBe(false);
  });

  it('checks its boundary wherever it publishes', () => {
    expect(read('.gitlab-ci.yml')['publish']).toMatchObject({ needs: expect.arrayContaining(['boundary']) as unknown });
    for (const source of ['push', 'web', 'api', 'trigger'])
      expect(
        matchingRule(jobs.get('boundary')?.rules ?? [], { ...DEFAULT_BRANCH, CI_PIPELINE_SOURCE: source }),
      ).toBeDefined();
  });
});

describe('a job', () => {
  it('never runs on a runner of the other level of trust', () => {
    for (const [name, { tags }] of jobs) expect(tags, name).toContain('$DOCKYARD_TRUST');
  });

  it('has no token that it has no use for', () => {
    const environments = new Map([...jobs].map(([name, { environment }]) => [name, environment?.name]));
    expect(Object.fromEntries(environments)).toEqual({
      static: undefined,
      base: undefined,
      boundary: undefined,
      integration: undefined,
      build: 'cache/$DOCKYARD_TRUST',
      join: 'cache/$DOCKYARD_TRUST',
      'fleet-plan': undefined,
      'fleet-summary': 'cache/$DOCKYARD_TRUST',
      publish: 'publish',
      retention: 'publish',
      renovate: 'upkeep',
      refresh: 'upkeep',
    });
    for (const [name, { environment }] of jobs) expect(environment?.action ?? 'access', name).toBe('access');
  });

  it('quotes every variable that a shell expands, and executes none', () => {
    for (const name of Object.keys(file)) {
      const { script = [], before_script = [] } = file[name] ?? {};
      for (const line of [before_script, script].flat()) {
        const unquoted = line.replace(/"(?:[^"\\]|\\.)*"/g, '').replace(/'[^']*'/g, '');
        expect(unquoted, name).not.toMatch(/[$`]/);
        expect(line, name).not.toMatch(/\b(?:eval|source|export \$|\. \.)/);
      }
    }
  });
});

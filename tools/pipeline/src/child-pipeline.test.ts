import { readFileSync } from 'node:fs';
import { exec, UserError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { childPipeline } from './child-pipeline.ts';
import { MAX_NEEDS } from './limits.ts';
import { parsedSize } from './parsed-size.ts';
import { readTaskGraph, selectTasks, taskGraph } from './task-graph.ts';

const graph = readTaskGraph(readFileSync(new URL('testing/affected-graph.json', import.meta.url), 'utf8'));
const durations = { 'redis:compile:amd64': 180, 'redis:compile:arm64': 240, 'debian:image:amd64': 50 };

type Jobs = Record<string, { needs?: string[]; script?: string[]; extends?: string }>;
const jobsOf = (yaml: string): [string, Jobs[string]][] =>
  Object.entries(parse(yaml) as Jobs).filter(([name, job]) => !name.startsWith('.') && job.script !== undefined);

describe('a child pipeline', () => {
  it('has a job for each image and platform, and one that joins each image', async () => {
    const { yaml, plan } = childPipeline(graph, { durations });
    await expect(yaml).toMatchFileSnapshot('testing/child-pipeline.yml');
    expect(plan).toMatchObject({ tasks: 24, batches: 0, gates: 0 });
  });

  it('batches where the instance allows fewer jobs', async () => {
    const { yaml, plan } = childPipeline(graph, { durations, limits: { jobs: 6 } });
    await expect(yaml).toMatchFileSnapshot('testing/child-pipeline-batched.yml');
    expect(plan.jobs).toHaveLength(6);
  });

  it('does not depend on the order of the graph', () => {
    const rows = [...graph.tasks.values()].map(
      ({ id, project, target }) => [id, project, target, graph.dependencies.get(id) ?? []] as const,
    );
    const again = jobsOf(childPipeline(taskGraph(rows.reverse()), { durations }).yaml);
    expect(Object.fromEntries(again)).toEqual(Object.fromEntries(jobsOf(childPipeline(graph, { durations }).yaml)));
  });

  it('has a job where nothing is affected', () => {
    const { yaml, plan } = childPipeline(taskGraph([]));
    expect(jobsOf(yaml)).toEqual([
      ['nothing affected', expect.objectContaining({ needs: [], script: ['echo "Nothing is affected."'] })],
    ]);
    expect(plan).toMatchObject({ tasks: 0, criticalPath: 0 });
  });

  it('puts the longest way to go first', () => {
    const [first, second] = jobsOf(
      childPipeline(graph, {
        durations: { ...durations, 'hello:test:arm64': 9999, 'hello:test:amd64': 1, 'redis:test:amd64': 1 },
      }).yaml,
    );
    expect([first?.[0], second?.[0]]).toEqual(['debian arm64', 'toolchain arm64']);
  });

  it('leaves alone what the change does not reach', () => {
    const own = new Set([...graph.tasks.keys()].filter((id) => id.startsWith('redis:')));
    expect(jobsOf(childPipeline(selectTasks(graph, own)).yaml).map(([name, { needs }]) => [name, needs])).toEqual([
      ['redis amd64', []],
      ['redis arm64', []],
      ['redis', ['redis amd64', 'redis arm64']],
    ]);
  });

  it('gathers more than 50 needs with gates', () => {
    const parents = Array.from({ length: 2 * MAX_NEEDS + 1 }, (_, at) => `base-${String(at)}`);
    const wide = taskGraph([
      ...parents.map((name) => [`${name}:image:amd64`, name, 'image:amd64', []] as const),
      ['top:image:amd64', 'top', 'image:amd64', parents.map((name) => `${name}:image:amd64`)],
    ]);
    const { yaml, plan } = childPipeline(wide);
    expect(plan.gates).toBe(2);
    expect(Object.fromEntries(jobsOf(yaml))['top amd64']?.needs).toHaveLength(3);
    expect(Math.max(...jobsOf(yaml).map(([, { needs }]) => needs?.length ?? 0))).toBe(MAX_NEEDS);
  });

  it('drops needs that others imply before it makes gates', () => {
    const chain = Array.from({ length: 4 }, (_, at) => `c${String(at)}`);
    const rows = chain.map(
      (name, at) =>
        [`${name}:image:amd64`, name, 'image:amd64', chain.slice(0, at).map((one) => `${one}:image:amd64`)] as const,
    );
    const { plan } = childPipeline(taskGraph(rows), { limits: { needs: 2 } });
    expect(plan.gates).toBe(0);
    expect(plan.jobs.at(-1)?.needs).toEqual(['c2 amd64']);
  });

  it('gets smaller until GitLab can parse it', () => {
    const whole = parsedSize(parse(childPipeline(graph).yaml));
    const { yaml, plan } = childPipeline(graph, { limits: { parsedBytes: whole - 1 } });
    expect(parsedSize(parse(yaml))).toBeLessThan(whole);
    expect(plan.batches).toBeGreaterThan(0);
    expect(() => childPipeline(graph, { limits: { parsedBytes: 1000 } })).toThrow(UserError);
  });

  it('names no job as a keyword of GitLab', () => {
    const rows = ['image', '7'].map((name) => [`${name}:image`, name, 'image', []] as const);
    expect(childPipeline(taskGraph(rows)).plan.jobs.map(({ name }) => name)).toEqual(['image join', '7 join']);
  });

  it('is to a shell what it says, whatever a project is called', async () => {
    const name = 'x$(id >&2; exit 1)\'`true`\n;"*';
    const { yaml } = childPipeline(taskGraph([[`${name}:image:amd64`, name, 'image:amd64', []]]));
    const [, job] = jobsOf(yaml)[0] ?? [];
    // A shell that prints the words instead of running them.
    const { stdout } = await exec({
      command: 'sh',
      args: ['-euc', `npm() { printf '%s\\0' "$@"; }; ${job?.script?.[0] ?? ''}`],
    });
    expect(stdout.split('\0').slice(-5)).toEqual(['-t', 'image:amd64', '-p', name, '']);
  });

  it('refuses a circle, and limits that allow no pipeline', () => {
    const circle = taskGraph([
      ['a:image:amd64', 'a', 'image:amd64', ['b:image:amd64']],
      ['b:image:amd64', 'b', 'image:amd64', ['a:image:amd64']],
    ]);
    expect(() => childPipeline(circle)).toThrow(/a:image:amd64/);
    expect(() => childPipeline(graph, { limits: { jobs: 2 } })).toThrow(UserError);
    expect(() => childPipeline(graph, { limits: { needs: 1 } })).toThrow(UserError);
  });
});

import { UserError } from '@dockyard/exec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topologicalOrder } from './dag.ts';
import { estimator } from './durations.ts';
import type { Job, PipelinePlan } from './job.ts';
import { planPipeline } from './plan.ts';
import type { TaskGraph } from './task-graph.ts';
import { graphs } from './testing/graphs.ts';

const limits = fc.record({ needs: fc.integer({ min: 2, max: 5 }), jobs: fc.integer({ min: 4, max: 60 }) });

/** Undefined where the limits allow no pipeline. */
function plan(graph: TaskGraph, given: { needs: number; jobs: number }): PipelinePlan | undefined {
  try {
    return planPipeline(graph, { limits: given, estimate: ({ id }) => (id.length * 7919) % 101, overhead: 5 });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** All jobs that a job waits for. */
function closure(jobs: readonly Job[]): Map<string, Set<string>> {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const all = new Map<string, Set<string>>();
  for (const name of topologicalOrder(new Map(jobs.map((job) => [job.name, job.needs])))) {
    const needs = byName.get(name)?.needs ?? [];
    all.set(name, new Set(needs.flatMap((need) => [need, ...(all.get(need) ?? [])])));
  }
  return all;
}

describe('a plan, whatever the tasks and the limits', () => {
  it('has every task once, and keeps to the limits', () => {
    fc.assert(
      fc.property(graphs(30), limits, (graph, given) => {
        const planned = plan(graph, given);
        fc.pre(planned !== undefined);
        const tasks = planned.jobs.flatMap((job) => job.tasks.map(({ id }) => id));
        expect(tasks.toSorted()).toEqual([...graph.tasks.keys()].sort());
        expect(planned.jobs.length).toBeLessThanOrEqual(given.jobs);
        expect(Math.max(...planned.jobs.map(({ needs }) => needs.length))).toBeLessThanOrEqual(given.needs);
        expect(new Set(planned.jobs.map(({ name }) => name)).size).toBe(planned.jobs.length);
      }),
    );
  });

  it('has no circle, and waits for whatever a task depends on', () => {
    fc.assert(
      fc.property(graphs(30), limits, (graph, given) => {
        const planned = plan(graph, given);
        fc.pre(planned !== undefined);
        const before = closure(planned.jobs);
        const jobOf = new Map(planned.jobs.flatMap((job) => job.tasks.map(({ id }) => [id, job] as const)));
        for (const [id, dependencies] of graph.dependencies) {
          const job = jobOf.get(id)!;
          const place = (task: string): number => job.tasks.findIndex((one) => one.id === task);
          for (const needed of dependencies) {
            const other = jobOf.get(needed)!;
            if (other === job) expect(place(needed)).toBeLessThan(place(id));
            else expect([...before.get(job.name)!]).toContain(other.name);
          }
        }
      }),
    );
  });

  it('runs only tasks of its platform in a native job, and has it after what it needs', () => {
    fc.assert(
      fc.property(graphs(30), limits, (graph, given) => {
        const planned = plan(graph, given);
        fc.pre(planned !== undefined);
        const place = new Map(planned.jobs.map(({ name }, at) => [name, at]));
        for (const job of planned.jobs) {
          for (const task of job.tasks) expect(task.arch).toBe(job.arch);
          for (const need of job.needs) expect(place.get(need)).toBeLessThan(place.get(job.name)!);
        }
      }),
    );
  });

  it('exists wherever there is one job a platform and one more', () => {
    fc.assert(
      fc.property(graphs(20), (graph) => {
        const planned = planPipeline(graph, {
          limits: { needs: 50, jobs: 4 },
          estimate: estimator({}),
          overhead: 0,
        });
        expect(planned.jobs.length).toBeLessThanOrEqual(4);
      }),
    );
  });
});

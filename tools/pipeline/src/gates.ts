import { reducedNeeds } from './dag.ts';
import type { Job } from './job.ts';

/**
 * Brings the needs of every job under a limit: first what a job waits for through another of its needs is dropped; what is still too much
 * is gathered by jobs that run nothing.
 *
 * @param jobs with all their needs
 * @param limit needs of one job, at least 2
 * @param seconds what a gate takes
 * @returns the jobs, and the gates that they need now
 */
export function limitNeeds(jobs: readonly Job[], limit: number, seconds: number): Job[] {
  const graph = new Map(jobs.map(({ name, needs }) => [name, needs]));
  /** By what they gather, because many jobs may wait for the same. */
  const gates = new Map<string, Job>();
  const gather = (needs: readonly string[]): string[] => {
    if (needs.length <= limit) return [...needs];
    const sorted = needs.toSorted();
    const chunks = Array.from({ length: Math.ceil(sorted.length / limit) }, (_, at) =>
      sorted.slice(at * limit, (at + 1) * limit),
    );
    return gather(
      chunks.map((chunk) => {
        const [only, ...others] = chunk;
        if (only !== undefined && others.length === 0) return only;
        const key = chunk.join('\n');
        const gate = gates.get(key) ?? {
          name: `gate ${String(gates.size + 1)}`,
          kind: 'gate',
          tasks: [],
          needs: chunk,
          seconds,
        };
        gates.set(key, gate);
        return gate.name;
      }),
    );
  };
  const limited = jobs.map((job) =>
    job.needs.length <= limit ? job : { ...job, needs: gather(reducedNeeds(graph, job.name)) },
  );
  return [...limited, ...gates.values()];
}

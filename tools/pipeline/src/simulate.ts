/** What a simulated runner can take. */
export interface SimulatedJob {
  readonly name: string;
  /** The runners that may take it; any when absent. */
  readonly pool?: string;
  readonly needs: readonly string[];
  readonly seconds: number;
}

/** How many runners each pool has. */
export type Runners = ReadonlyMap<string, number>;

/**
 * Simulates runners that take the first job that is ready, in the order given, as GitLab's do by the ids of jobs (list scheduling).
 *
 * @param jobs in that order
 * @param runners pools
 * @returns seconds from the start of the first job to the end of the last
 * @throws {RangeError} a job can never start
 * @see https://docs.gitlab.com/ci/runners/runners_scope/#project-runners
 */
export function makespan(jobs: readonly SimulatedJob[], runners: Runners): number {
  const free = new Map(runners);
  const waiting = new Map(jobs.map(({ name, needs }) => [name, needs.length]));
  const after = new Map<string, number[]>(jobs.map(({ name }) => [name, []]));
  jobs.forEach(({ needs }, at) => {
    for (const need of needs) after.get(need)?.push(at);
  });
  let ready = jobs.flatMap(({ needs }, at) => (needs.length === 0 ? [at] : []));
  let running: { at: number; pool: string; end: number }[] = [];
  let now = 0;
  let ended = 0;
  while (ended < jobs.length) {
    const left: number[] = [];
    for (const at of ready) {
      const job = jobs[at];
      const pool = job?.pool ?? emptiest(free);
      const slots = free.get(pool) ?? 0;
      if (job === undefined || slots === 0) left.push(at);
      else {
        free.set(pool, slots - 1);
        running.push({ at, pool, end: now + job.seconds });
      }
    }
    ready = left;
    if (running.length === 0)
      throw new RangeError(`never starts: ${jobs[ready[0] ?? -1]?.name ?? 'a job of a circle'}`);
    now = Math.min(...running.map(({ end }) => end));
    for (const { at, pool } of running.filter(({ end }) => end === now)) {
      ended += 1;
      free.set(pool, (free.get(pool) ?? 0) + 1);
      for (const next of after.get(jobs[at]?.name ?? '') ?? []) {
        const name = jobs[next]?.name ?? '';
        const open = (waiting.get(name) ?? 0) - 1;
        waiting.set(name, open);
        if (open === 0) ready.push(next);
      }
    }
    running = running.filter(({ end }) => end > now);
    ready.sort((one, other) => one - other);
  }
  return now;
}

function emptiest(free: Runners): string {
  let best: readonly [pool: string, slots: number] = ['', 0];
  for (const one of free) if (one[1] > best[1]) best = one;
  return best[0];
}

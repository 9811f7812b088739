import { UserError } from '@dockyard/exec';
import { z } from 'zod';
import type { Task } from './task-graph.ts';

/** Recorded seconds by task id. */
export type Durations = Readonly<Record<string, number>>;

/** Seconds that a task takes as far as is known. */
export type Estimate = (task: Task) => number;

/** What a task is taken for where none of its kind was recorded, in seconds: as the images of this repository take on two cores. */
const UNRECORDED: Readonly<Record<string, number>> = {
  'compile:': 120,
  'image:': 15,
  'test:': 15,
  'lint:': 3,
  image: 3,
};
const UNKNOWN = 10;

const schema = z.record(z.string(), z.number().nonnegative());

/**
 * Reads recorded durations.
 *
 * @param text JSON of the form `{ "<task id>": seconds }`
 * @throws {UserError} it has another form
 */
export function readDurations(text: string): Durations {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`The durations are no JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success)
    throw new UserError(`The durations are not { "<task id>": seconds }: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/**
 * Estimates tasks by what was recorded: a task that wasn't takes as long as the median of its kind (`compile`, `image`, …), and where none
 * of its kind was, as long as such a task usually does.
 *
 * @param durations recorded seconds
 */
export function estimator(durations: Durations): Estimate {
  const byKind = Map.groupBy(Object.entries(durations), ([id]) => kindOf(id.slice(id.indexOf(':') + 1)));
  const medians = new Map([...byKind].map(([kind, list]) => [kind, median(list.map(([, seconds]) => seconds))]));
  return ({ id, target }) => durations[id] ?? medians.get(kindOf(target)) ?? UNRECORDED[kindOf(target)] ?? UNKNOWN;
}

/** What a target does, whatever its platform; a join is no assembling of an image. */
function kindOf(target: string): string {
  return target.includes(':') ? target.replace(/:[^:]*$/, ':') : target;
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

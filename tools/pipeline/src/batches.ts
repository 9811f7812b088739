import { UserError } from '@dockyard/exec';
import { type Dag, dependents, depths, remainingPaths } from './dag.ts';
import type { Unit, UnitGraph } from './units.ts';

/** Units that run in one job, in an order that they can run in. */
export type Batch = readonly Unit[];

/** Of the jobs that there may be, the share that joins get where they can't all have their own: they take seconds, and nothing waits for them. */
const SHARE_OF_JOINS = 0.1;

/** Of the critical path, what a unit on it is taken to have as slack, so that even such units can be batched where they have to. */
const LEAST_SLACK = 0.01;

/** Steps of a search by halves: enough to tell a second of weeks of work. */
const SEARCH_STEPS = 40;

/**
 * Spreads units over at most so many jobs. Each unit gets its own job where that is possible. Otherwise a chain of units that only wait for
 * each other becomes one, and units of one platform and depth share jobs, so that no two jobs can wait for each other: those that can be late
 * without making the whole later.
 *
 * @param graph units
 * @param seconds what a unit's tasks take
 * @param most jobs, a whole number
 * @returns batches, each unit in one of them; those of one batch have the same platform
 * @throws {UserError} even one job a platform is too many
 */
export function batchUnits(graph: UnitGraph, seconds: (unit: Unit) => number, most: number): Batch[] {
  const units = [...graph.units.values()];
  if (units.length <= most) return units.map((unit) => [unit]);
  const natives = units.filter(({ arch }) => arch !== undefined);
  const joins = units.filter(({ arch }) => arch === undefined);
  const platforms = new Set(natives.map(({ arch }) => arch)).size;
  const share = Math.min(joins.length, Math.max(1, Math.floor(most * SHARE_OF_JOINS)));
  const forJoins = Math.min(joins.length, Math.max(share, most - natives.length));
  if (most < platforms + Math.min(1, joins.length))
    throw new UserError(`${String(most)} jobs are too few: there is at least one a platform and one that joins them.`, {
      hint: `Allow ${String(platforms + 1)} or more: --max-jobs`,
    });
  const batched = batchNatives(graph, natives, seconds, Math.max(platforms, most - forJoins));
  return [...batched, ...batchJoins(graph, joins, batched, most - batched.length)];
}

function batchNatives(
  graph: UnitGraph,
  natives: readonly Unit[],
  seconds: (unit: Unit) => number,
  most: number,
): Batch[] {
  if (natives.length <= most) return natives.map((unit) => [unit]);
  const { needs, byName } = contractChains(graph, natives);
  const depth = depths(needs);
  const groupsOf = (levels: number): string[][] => [
    ...Map.groupBy(byName.keys(), (name) => {
      const level = Math.floor((depth.get(name) ?? 0) / levels);
      return `${byName.get(name)?.[0]?.arch ?? ''} ${String(level)}`;
    }).values(),
  ];
  const weights = new Map([...byName].map(([name, own]) => [name, own.reduce((sum, unit) => sum + seconds(unit), 0)]));
  const levels = groupsOf(1);
  const batches =
    levels.length <= most ? splitLevels(levels, needs, weights, most) : wholeLevels(groupsOf, depth, most);
  return batches.map((names) => names.flatMap((name) => byName.get(name) ?? []));
}

/** One batch of several depths, because what is in it may wait for each other: as few depths as the jobs allow. */
function wholeLevels(
  groupsOf: (levels: number) => string[][],
  depth: ReadonlyMap<string, number>,
  most: number,
): string[][] {
  const byDepth = (one: string, other: string): number => (depth.get(one) ?? 0) - (depth.get(other) ?? 0);
  const all = Math.max(...depth.values()) + 1;
  for (let levels = 2; ; levels++) {
    const groups = groupsOf(levels);
    if (groups.length <= most || levels >= all) return groups.map((names) => names.toSorted(byDepth));
  }
}

/**
 * Splits levels into batches, so that the time by which a batch is longer than a member stays in proportion to the time that this member can
 * be late by. With the same weight for all batches the critical path grew by up to a fifth in the simulated fleet, where this adds nothing.
 */
function splitLevels(
  levels: readonly (readonly string[])[],
  needs: Dag,
  weights: ReadonlyMap<string, number>,
  most: number,
): string[][] {
  const weight = (name: string): number => weights.get(name) ?? 0;
  const after = remainingPaths(needs, weight);
  const before = remainingPaths(dependents(needs), weight);
  const critical = Math.max(...after.values());
  const start = (name: string): number => (before.get(name) ?? 0) - weight(name);
  const slack = (name: string): number => critical - start(name) - (after.get(name) ?? 0);
  // Those that can start together are together.
  const sorted = levels.map((names) => names.toSorted((one, other) => start(one) - start(other)));
  const split = (share: number): string[][] =>
    sorted.flatMap((names) =>
      fill(names, weight, (name) => weight(name) + share * (slack(name) + LEAST_SLACK * critical)),
    );
  const total = [...weights.values()].reduce((sum, one) => sum + one, 0);
  let [low, high] = [0, 1 + total / (LEAST_SLACK * critical || 1)];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = (low + high) / 2;
    if (split(middle).length <= most) high = middle;
    else low = middle;
  }
  return split(high);
}

/** Fills batches in the given order, none heavier than any of its members allows; one alone is always allowed. */
function fill(
  names: readonly string[],
  weight: (name: string) => number,
  allowed: (name: string) => number,
): string[][] {
  const batches: string[][] = [];
  let [sum, limit] = [0, 0];
  for (const name of names) {
    const last = batches.at(-1);
    sum += weight(name);
    limit = Math.min(limit, allowed(name));
    if (last !== undefined && sum <= limit) last.push(name);
    else {
      batches.push([name]);
      [sum, limit] = [weight(name), allowed(name)];
    }
  }
  return batches;
}

/** Makes one of units where the second is all that waits for the first, and the first all that the second waits for. */
function contractChains(
  graph: UnitGraph,
  natives: readonly Unit[],
): { needs: Dag; byName: ReadonlyMap<string, readonly Unit[]> } {
  const names = new Set(natives.map(({ name }) => name));
  const own = new Map(
    natives.map(({ name }) => [name, (graph.needs.get(name) ?? []).filter((one) => names.has(one))] as const),
  );
  const after = dependents(own);
  /** The first unit of each one's chain. */
  const head = new Map<string, string>();
  const byName = new Map<string, Unit[]>();
  // Depth first, so that a chain's head is known before what follows it.
  const depth = depths(own);
  for (const unit of natives.toSorted((one, other) => (depth.get(one.name) ?? 0) - (depth.get(other.name) ?? 0))) {
    const [before, ...others] = own.get(unit.name) ?? [];
    const first =
      before !== undefined &&
      others.length === 0 &&
      after.get(before)?.length === 1 &&
      graph.units.get(before)?.arch === unit.arch
        ? (head.get(before) ?? before)
        : unit.name;
    head.set(unit.name, first);
    byName.set(first, [...(byName.get(first) ?? []), unit]);
  }
  const needs = new Map(
    [...byName].map(
      ([first]) => [first, [...new Set((own.get(first) ?? []).map((one) => head.get(one) ?? one))]] as const,
    ),
  );
  return { needs, byName };
}

/** Joins that wait for the same jobs go together, so that none waits for more than it must. */
function batchJoins(graph: UnitGraph, joins: readonly Unit[], natives: readonly Batch[], most: number): Batch[] {
  if (joins.length <= most) return joins.map((unit) => [unit]);
  const batchOf = new Map(natives.flatMap((batch, at) => batch.map(({ name }) => [name, at] as const)));
  const last = (unit: Unit): number =>
    Math.max(-1, ...(graph.needs.get(unit.name) ?? []).map((name) => batchOf.get(name) ?? -1));
  const sorted = joins.toSorted((one, other) => last(one) - last(other));
  const size = Math.ceil(sorted.length / most);
  return Array.from({ length: Math.ceil(sorted.length / size) }, (_, at) => sorted.slice(at * size, (at + 1) * size));
}

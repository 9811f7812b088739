/** A directed acyclic graph: of each node, in a stable order, the nodes that it waits for. */
export type Dag = ReadonlyMap<string, readonly string[]>;

/**
 * Orders nodes so that each comes after all that it waits for; otherwise as they were given.
 *
 * @throws {RangeError} there is a cycle; the message names its nodes
 */
export function topologicalOrder(dag: Dag): string[] {
  const waiting = new Map([...dag].map(([node, before]) => [node, before.length]));
  const after = dependents(dag);
  const order = [...dag.keys()].filter((node) => waiting.get(node) === 0);
  // The list grows while it is walked.
  for (const node of order) {
    for (const next of after.get(node) ?? []) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) order.push(next);
    }
  }
  if (order.length < dag.size) {
    const stuck = [...dag.keys()].filter((node) => (waiting.get(node) ?? 0) > 0);
    throw new RangeError(`A cycle ties these together: ${stuck.slice(0, 10).join(', ')}`);
  }
  return order;
}

/** The same graph the other way round: of each node, the nodes that wait for it. */
export function dependents(dag: Dag): Map<string, string[]> {
  const after = new Map<string, string[]>([...dag.keys()].map((node) => [node, []]));
  for (const [node, before] of dag) for (const one of before) after.get(one)?.push(node);
  return after;
}

/** How many nodes lie on the longest way to each node, itself not counted: 0 for one that waits for nothing. */
export function depths(dag: Dag): Map<string, number> {
  const depth = new Map<string, number>();
  for (const node of topologicalOrder(dag)) {
    depth.set(node, Math.max(-1, ...(dag.get(node) ?? []).map((one) => depth.get(one) ?? 0)) + 1);
  }
  return depth;
}

/**
 * The longest remaining path of each node: its own weight and that of what then has to follow.
 *
 * @param weight of a node, in any unit
 * @returns in that unit; the greatest is the critical path of the whole
 */
export function remainingPaths(dag: Dag, weight: (node: string) => number): Map<string, number> {
  const after = dependents(dag);
  const remaining = new Map<string, number>();
  for (const node of topologicalOrder(dag).reverse()) {
    remaining.set(node, weight(node) + Math.max(0, ...(after.get(node) ?? []).map((one) => remaining.get(one) ?? 0)));
  }
  return remaining;
}

/**
 * Drops from a node's list what it waits for through another node of the list anyway (its part of the transitive reduction).
 *
 * @param dag the graph
 * @param node whose list
 * @see Aho, Garey, Ullman: The Transitive Reduction of a Directed Graph, 1972
 */
export function reducedNeeds(dag: Dag, node: string): string[] {
  const direct = dag.get(node) ?? [];
  const indirect = new Set<string>();
  const open = direct.flatMap((one) => dag.get(one) ?? []);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (indirect.has(next)) continue;
    indirect.add(next);
    open.push(...(dag.get(next) ?? []));
  }
  return direct.filter((one) => !indirect.has(one));
}

import type { Cell } from './cells.ts';

/** What came of building on one machine. */
export interface CellResult {
  readonly cell: Pick<Cell, 'name'>;
  /** Name and version; undefined where there came to be none. */
  readonly engine: string | undefined;
  /** What was built in how many seconds, in this order. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Digest of each project that was built. */
  readonly digests: Readonly<Record<string, string>>;
  /** What did not work; undefined where everything did. */
  readonly failure: string | undefined;
}

/** A project whose digests are not all the same. */
export interface Disagreement {
  readonly project: string;
  /** Names of cells by digest, those of most cells first. */
  readonly digests: readonly (readonly [digest: string, cells: readonly string[]])[];
}

/**
 * Finds the projects that came out differently on different machines. Pure.
 *
 * @param results of all cells, whether or not they worked to the end
 */
export function disagreements(results: readonly CellResult[]): Disagreement[] {
  return projectsOf(results).flatMap((project) => {
    const cells = new Map<string, string[]>();
    for (const { cell, digests } of results) {
      const digest = digests[project];
      if (digest !== undefined) cells.set(digest, [...(cells.get(digest) ?? []), cell.name]);
    }
    if (cells.size < 2) return [];
    return [{ project, digests: [...cells].sort(([, one], [, other]) => other.length - one.length) }];
  });
}

/** Every project that has a digest somewhere, in the order that they are first met in. */
export function projectsOf(results: readonly CellResult[]): string[] {
  return [...new Set(results.flatMap(({ digests }) => Object.keys(digests)))];
}

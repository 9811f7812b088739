import type { Definition } from '@dockyard/definition';

/** A rule of Renovate's `packageRules`. */
export interface PackageRule {
  readonly matchFileNames: readonly string[];
  readonly matchDepTypes: readonly string[];
  readonly enabled: boolean;
}

/**
 * Only the newest release line of an image asks for newer ones: to the older ones the next line is none. One file can't tell which it
 * is, so these rules come on top of renovate.json.
 *
 * @param definitions all of the workspace
 * @returns a rule for the older lines; none where there are none
 */
export function quietLines(definitions: readonly Pick<Definition, 'file' | 'image' | 'update'>[]): PackageRule[] {
  const lines = definitions.flatMap(({ file, image, update }) =>
    update?.allowed === undefined
      ? []
      : [{ file, of: `${image} ${update.package}`, numbers: update.allowed.slice(1).split('.').map(Number) }],
  );
  const older = lines.filter(({ of, numbers }) =>
    lines.some((other) => other.of === of && compare(other.numbers, numbers) > 0),
  );
  if (older.length === 0) return [];
  return [{ matchFileNames: older.map(({ file }) => file), matchDepTypes: ['release line'], enabled: false }];
}

function compare(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
}

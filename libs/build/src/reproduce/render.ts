import { renderDifferences } from '@dockyard/oci';
import { type Comparison, isSame, secondBuild } from './reproduce.ts';

/**
 * What came of {@link reproduce}, for a person: a table of the digests, then the differences.
 *
 * @param project Nx project name.
 * @param comparisons as {@link reproduce} returned them.
 * @returns lines.
 */
export function renderComparisons(project: string, comparisons: readonly Comparison[]): string[] {
  const rows = comparisons.map((comparison) => [
    comparison.what,
    comparison.platform ?? '',
    comparison.first,
    comparison.second,
    isSame(comparison) ? 'same' : 'differs',
  ]);
  const table = aligned([['', 'platform', 'first', 'second', ''], ...rows]);
  const different = comparisons.filter((comparison) => !isSame(comparison));
  if (different.length === 0) return [...table, '', `${project} is reproducible: built twice, the same bytes.`];
  return [
    ...table,
    ...different.flatMap(({ what, platform, differences }) => [
      '',
      `${what}${platform === undefined ? '' : ` for ${platform}`}:`,
      ...(differences.length === 0 ? ['the same values, in JSON of another form'] : renderDifferences(differences)).map(
        (line) => `  ${line}`,
      ),
    ]),
    '',
    `${project} is not reproducible. The second build is in ${secondBuild(project)}.`,
  ];
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

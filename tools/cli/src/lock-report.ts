import type { PackageChange, SourceChange } from '@dockyard/sources';

/** CVE numbers of one source that are written out. */
const NAMED = 25;

/**
 * Writes what a refresh of the package locks changes, for a merge request.
 *
 * @param changes what changed in the locks
 * @param sources what the changelogs say of the new versions
 * @returns Markdown
 */
export function renderLockReport(changes: readonly PackageChange[], sources: readonly SourceChange[]): string {
  const raised = changes.filter(({ before, after }) => before !== undefined && after !== undefined);
  const added = changes.filter(({ before }) => before === undefined);
  const removed = changes.filter(({ after }) => after === undefined);
  return [
    '### Debian packages',
    '',
    `${summary(sources)} Each is pinned by digest, and was resolved by apt from signed package lists.`,
    '',
    ...table(
      ['source', 'packages', 'from', 'to', 'urgency', 'fixes', 'in'],
      sources.flatMap((one) => rowsOf(one)),
    ),
    ...list('Added', added, ({ after }) => after),
    ...list('Removed', removed, ({ before }) => before),
    ...(raised.length > 0
      ? ['Urgency and CVE numbers are those that the changelogs name between the two versions.', '']
      : []),
  ].join('\n');
}

/** The title of the merge request. */
export function lockReportTitle(sources: readonly SourceChange[]): string {
  const fixed = cvesOf(sources).size;
  return `chore(packages): refresh the Debian packages${fixed === 0 ? '' : ` (${count(fixed, 'CVE')})`}`;
}

function summary(sources: readonly SourceChange[]): string {
  const fixed = cvesOf(sources).size;
  const versions = `${count(sources.length, 'source package')} ${sources.length === 1 ? 'has' : 'have'} another version.`;
  return fixed === 0 ? versions : `${versions} ${count(fixed, 'CVE')} ${fixed === 1 ? 'is' : 'are'} named as fixed.`;
}

function rowsOf({ source, changes, summary }: SourceChange): string[][] {
  // Mostly one row: the packages of a source have its version.
  const versions = Map.groupBy(changes, ({ before = '', after = '' }) => `${before} ${after}`);
  return [...versions.values()].map((group) => [
    `**${source}**`,
    group.map(({ name }) => code(name)).join(', '),
    code(group[0]?.before ?? ''),
    code(group[0]?.after ?? ''),
    summary?.urgency ?? 'not known',
    summary === undefined ? 'not known' : cveList(summary.cves),
    places(group),
  ]);
}

function cveList(cves: readonly string[]): string {
  if (cves.length === 0) return 'no CVE named';
  const rest = cves.length - NAMED;
  return [...cves.slice(0, NAMED), ...(rest > 0 ? [`${String(rest)} more`] : [])].join(', ');
}

/** `images/debian/packages/image.amd64.json` and its like, as `debian (image: amd64, arm64)`. */
function places(changes: readonly PackageChange[]): string {
  const files = [...new Set(changes.flatMap((one) => one.files))];
  const parts = files.map((file) => {
    const [, image = file, use = '', arch = ''] = /^images\/(.+)\/packages\/([^./]+)\.([^./]+)\.json$/.exec(file) ?? [];
    return { place: `${image} (${use}: `, arch };
  });
  return [...Map.groupBy(parts, ({ place }) => place)]
    .map(([place, group]) => `${place}${group.map(({ arch }) => arch).join(', ')})`)
    .join('; ');
}

function list(
  title: string,
  changes: readonly PackageChange[],
  version: (one: PackageChange) => string | undefined,
): string[] {
  if (changes.length === 0) return [];
  return [
    `${title}:`,
    '',
    ...changes.map((one) => `- ${code(one.name)} ${version(one) ?? ''} in ${places([one])}`),
    '',
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

function cvesOf(sources: readonly SourceChange[]): Set<string> {
  return new Set(sources.flatMap(({ summary }) => summary?.cves ?? []));
}

function code(text: string): string {
  return `\`${text}\``;
}

function count(number: number, one: string): string {
  return `${String(number)} ${one}${number === 1 ? '' : 's'}`;
}

import type { FileChanges, LayerChanges } from '@dockyard/oci';
import type { Comparisons } from '@dockyard/publish';
import type { Causes } from './causes.ts';
import { code, table } from './markdown.ts';
import type { TestOutcome, TestOutcomes } from './tests.ts';

/** Paths of each kind that are listed before the rest is counted. */
const LISTED = 20;
const KINDS = ['added', 'removed', 'changed'] as const;

/** What is known of each platform's image. */
export interface Details {
  readonly causes: readonly Causes[];
  readonly tests: TestOutcomes;
  /** Undefined where nobody asked the registry. */
  readonly compared?: Comparisons;
}

/**
 * Writes for each platform of each image that is built whether it is tested, and how its layers and files differ from the published ones.
 *
 * @param details what is known
 * @param formatBytes writes bytes for a person
 * @returns Markdown; nothing where nothing is built
 */
export function renderDetails({ causes, tests, compared }: Details, formatBytes: (bytes: number) => string): string {
  const built = causes.flatMap(({ project, platforms }) =>
    platforms.flatMap((platform) => {
      const outcome = tests[project]?.[platform];
      return outcome === undefined ? [] : [{ project, platform, outcome, comparison: compared?.[project]?.[platform] }];
    }),
  );
  if (built.length === 0) return '';
  const rows = built.map(({ project, platform, outcome, comparison }) => [
    `**${project}**`,
    code(platform),
    inWords(outcome),
    ...(compared === undefined
      ? []
      : comparison === undefined
        ? ['not published yet', '']
        : [layersInWords(comparison.layers, formatBytes), filesInWords(comparison.files)]),
  ]);
  const more = compared === undefined ? [] : ['layers', 'files'];
  const lists = Map.groupBy(
    built.flatMap(({ project, platform, comparison }) => {
      const text = comparison === undefined ? '' : list(comparison.files);
      return text === '' ? [] : [{ project, platform, text }];
    }),
    ({ project, text }) => `${project}\n${text}`,
  );
  return [
    '',
    `### Tests${compared === undefined ? '' : ', layers and files'}`,
    '',
    ...table(['image', 'platform', 'tests', ...more], ['---', '---', '---', ...more.map(() => '---' as const)], rows),
    ...(compared === undefined
      ? []
      : ['', 'Layers and files are against the published image; times of files don’t count.']),
    ...[...lists.values()].flatMap(([first, ...others]) => {
      if (first === undefined) return [];
      const platforms = [first, ...others].map(({ platform }) => platform).join(', ');
      return [
        '',
        `<details><summary>Files of ${first.project}, ${platforms}</summary>`,
        '',
        first.text,
        '',
        '</details>',
      ];
    }),
    '',
  ].join('\n');
}

function inWords(outcome: TestOutcome): string {
  switch (outcome.kind) {
    case 'not tested':
      return 'not tested';
    case 'failed':
      return `${String(outcome.failed)} of ${String(outcome.tests)} failed`;
    case 'passed': {
      const { tests, skipped = 0 } = outcome;
      if (tests === undefined) return 'passed';
      if (tests === 0 && skipped === 0) return 'has none';
      return `${String(tests)} passed${skipped > 0 ? `, ${String(skipped)} skipped` : ''}`;
    }
  }
}

function layersInWords(layers: LayerChanges, formatBytes: (bytes: number) => string): string {
  const counts = (['changed', 'added', 'removed'] as const).flatMap((kind) =>
    layers[kind] === 0 ? [] : [`${String(layers[kind])} ${kind}`],
  );
  const pull = layers.bytes === 0 ? [] : [`${formatBytes(layers.bytes)} to pull`];
  return [`${String(layers.kept)} of ${String(layers.count)} kept`, ...counts, ...pull].join(', ');
}

function filesInWords(files: FileChanges | string): string {
  if (typeof files === 'string') {
    // What went wrong, without its details.
    const [line = ''] = files.split('\n');
    return `not compared: ${line.replaceAll('|', '\\|')}`;
  }
  const counts = KINDS.flatMap((kind) => (files[kind].length === 0 ? [] : [`${String(files[kind].length)} ${kind}`]));
  return counts.length === 0 ? 'the same' : counts.join(', ');
}

function list(files: FileChanges | string): string {
  if (typeof files === 'string') return '';
  return KINDS.flatMap((kind) => {
    const paths = files[kind];
    if (paths.length === 0) return [];
    const rest = paths.length - LISTED;
    return [
      [
        `${String(paths.length)} ${kind}:`,
        '',
        ...paths.slice(0, LISTED).map((path) => `- ${code(path)}`),
        ...(rest > 0 ? [`- … and ${String(rest)} more`] : []),
      ].join('\n'),
    ];
  }).join('\n\n');
}

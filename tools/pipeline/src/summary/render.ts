import type { Causes } from './causes.ts';
import { code, table } from './markdown.ts';
import type { Sizes } from './sizes.ts';

/** What a summary shows. */
export interface Summary {
  readonly causes: readonly Causes[];
  readonly built: Sizes;
  /** Undefined where no registry was asked, or none answered. */
  readonly published?: Sizes;
  /** Why none answered. */
  readonly unknown?: string;
}

/** Changes that are named before the rest is counted. */
const NAMED = 3;

/**
 * Writes which images a change affects, why, and how large they are, for a merge request's note.
 *
 * @param summary what is known
 * @param formatBytes writes bytes for a person
 * @returns Markdown
 */
export function renderSummary(summary: Summary, formatBytes: (bytes: number) => string): string {
  const { causes, built, published, unknown } = summary;
  if (causes.length === 0) return '### Images\n\nThis change affects no image.\n';
  const platforms = [...new Set(causes.flatMap((one) => one.platforms))].sort();
  const rows = causes.map((one) => [
    `**${one.project}**`,
    why(one),
    ...platforms.map((platform) => {
      if (!one.platforms.includes(platform)) return '';
      const size = built[one.project]?.[platform];
      if (size === undefined) return 'not built';
      const before = published === undefined ? undefined : (published[one.project]?.[platform] ?? 'new');
      return `${formatBytes(size)}${before === undefined ? '' : ` (${change(size, before, formatBytes)})`}`;
    }),
  ]);
  return [
    '### Images',
    '',
    `This change affects ${causes.length === 1 ? 'one image' : `${String(causes.length)} images`}.`,
    '',
    ...table(
      ['image', 'because of', ...platforms.map(code)],
      ['---', '---', ...platforms.map(() => '---:' as const)],
      rows,
    ),
    '',
    `Sizes are compressed, base image included${published === undefined ? '' : '; changes are against the published image'}.`,
    ...(unknown === undefined ? [] : ['', `What is published is unknown: ${unknown.split('\n')[0] ?? ''}`]),
    '',
  ].join('\n');
}

function why({ changes, parents }: Causes): string {
  const named = changes.slice(0, NAMED);
  const rest = changes.length - named.length;
  return [
    ...named,
    ...(rest > 0 ? [`${String(rest)} more`] : []),
    ...(parents.length > 0 ? [`its base or toolchain ${parents.map((name) => `**${name}**`).join(', ')}`] : []),
  ].join(', ');
}

function change(size: number, before: number | 'new', formatBytes: (bytes: number) => string): string {
  if (before === 'new') return 'new';
  if (size === before) return 'same size';
  const sign = size > before ? '+' : '−';
  const percent = before === 0 ? '' : `, ${sign}${((Math.abs(size - before) / before) * 100).toFixed(1)} %`;
  return `${sign}${formatBytes(Math.abs(size - before))}${percent}`;
}

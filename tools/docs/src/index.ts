import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchReport } from '@dockyard/bench';
import { DEFAULT_NAMESPACE } from '@dockyard/project';
import { format, resolveConfig } from 'prettier';
import { tagsPage, withCatalog } from './catalog.ts';
import { readImages } from './image-facts.ts';
import { imageReadme } from './image-readme.ts';
import { sizesPage } from './sizes-page.ts';

/** A file that is generated. */
export interface Page {
  /** Relative to the workspace root. */
  readonly path: string;
  readonly text: string;
}

/**
 * Writes all pages that follow from the definitions: a README for each image, the table of tags, and the catalog in the
 * README of the repository; and the table of sizes, from what was measured last. Nothing has to be built.
 *
 * @param workspace absolute path of the workspace root
 * @returns pages as they should be, formatted as the repository's files are
 * @throws {UserError} a definition has mistakes, README.md has no place for the catalog, or nothing says why a size is what it is
 */
export async function generatePages(workspace: string): Promise<Page[]> {
  const images = readImages(workspace);
  const baseline = await readFile(join(workspace, 'tools/bench/baseline.json'), 'utf8').catch(() => undefined);
  const sizes = baseline === undefined ? undefined : sizesPage(JSON.parse(baseline) as BenchReport);
  const pages = [
    { path: 'README.md', text: withCatalog(await readFile(join(workspace, 'README.md'), 'utf8'), images) },
    { path: 'docs/tags.md', text: tagsPage(images) },
    ...(sizes === undefined ? [] : [{ path: 'docs/sizes.md', text: sizes }]),
    ...images.map((facts) => ({ path: `${facts.folder}/README.md`, text: imageReadme(facts, DEFAULT_NAMESPACE) })),
  ];
  return Promise.all(
    pages.map(async ({ path, text }) => {
      const filepath = join(workspace, path);
      return { path, text: await format(text, { ...(await resolveConfig(filepath)), filepath }) };
    }),
  );
}

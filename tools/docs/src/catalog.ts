import { formatSize, planTags } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import type { ImageFacts } from './image-facts.ts';
import { blocks, code, codes, table } from './markdown.ts';

const BEGIN = '<!-- catalog: written by `npm run docs` -->';
const END = '<!-- /catalog -->';

/**
 * Puts the table of images into the README of the repository.
 *
 * @param readme its text, with the two marks that the table stands between
 * @param images all images
 * @returns the text with the table of now
 * @throws {UserError} a mark is missing
 */
export function withCatalog(readme: string, images: readonly ImageFacts[]): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin === -1 || end < begin)
    throw new UserError('README.md lacks the marks that the catalog stands between.', {
      hint: `Put these two lines where it belongs:\n${BEGIN}\n${END}`,
    });
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${catalog(images)}\n\n${readme.slice(end)}`;
}

function catalog(images: readonly ImageFacts[]): string {
  return table(
    ['image', 'what it is', 'versions', 'platforms', 'compressed size'],
    images.map(({ image, folder, projects }) => {
      const { description } = projects[0].project.definition;
      const versions = [...new Set(projects.map(({ project }) => project.definition.version))];
      const platforms = [...new Set(projects.flatMap(({ project }) => project.definition.platforms))];
      const sizes = Object.values(projects[0].project.definition.sizes);
      return [
        `[${image}](${folder}/README.md)`,
        description,
        versions.join(', '),
        platforms.map((platform) => platform.replace(/^linux\//, '')).join(', '),
        sizes.length === 0 ? '–' : formatSize(Math.max(...sizes)),
      ];
    }),
  );
}

/**
 * Writes the page of every tag of the repository.
 *
 * @param images all images
 * @returns Markdown
 */
export function tagsPage(images: readonly ImageFacts[]): string {
  const rows = images.flatMap(({ image, projects }) =>
    projects.map(({ project }) => {
      const { definition } = project;
      return [
        code(image),
        codes(planTags(definition)),
        code(`${definition.version}-rN`),
        project.project,
        definition.platforms.join(', '),
      ];
    }),
  );
  return `${blocks(
    '<!-- Written by `npm run docs` from the definitions: change those. -->',
    '# Tags',
    `Every tag that this repository publishes. No two projects may claim one tag: reading the definitions fails where they do.
Moving tags follow each publication; the immutable one counts up by one with each new digest of a version, and never changes.`,
    table(['image', 'moving tags', 'immutable tag', 'project', 'platforms'], rows),
  )}\n`;
}

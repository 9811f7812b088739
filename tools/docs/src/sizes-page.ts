import type { BenchReport } from '@dockyard/bench';
import { formatSize } from '@dockyard/definition';
import { blocks, code, table } from './markdown.ts';

/**
 * Writes the page that compares sizes with what one would have otherwise.
 *
 * @param baseline the committed results of `npm run bench`
 * @returns Markdown; undefined where sizes were never measured
 */
export function sizesPage(baseline: Pick<BenchReport, 'results'>): string | undefined {
  const measured = baseline.results.filter(({ benchmark }) => benchmark === 'sizes');
  if (measured.length === 0) return undefined;
  const projects = [...Map.groupBy(measured, ({ parameters }) => String(parameters['project']))];
  const rows = projects
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([project, results]) => {
      const own = results.find(({ alternative }) => alternative === 'image');
      const against = (alternative: string): string => {
        const size = results.find((one) => one.alternative === alternative)?.median;
        const ratio = own?.ratios.find(({ to }) => to === alternative)?.median;
        return size === undefined || ratio === undefined ? '–' : `${formatSize(size)} (× ${ratio.toFixed(2)})`;
      };
      const { version = '', packages = '' } = own?.parameters ?? {};
      return [
        `${project} ${String(version)}`,
        own === undefined ? '–' : formatSize(own.median),
        against('package'),
        code(String(packages)),
        against('single stage'),
      ];
    });
  const platforms = [...new Set(measured.map(({ parameters }) => String(parameters['platform'])))];
  return `${blocks(
    '<!-- Written by `npm run docs` from tools/bench/baseline.json: run `npm run bench -- sizes --write`, then this. -->',
    '# Sizes',
    `Compressed bytes of all layers, base included, ${platforms.join(', ')}; × is the image's size divided by the other's. Measured by
\`npm run bench -- sizes\`, which builds all three on the same base, with the same code and the same compression.`,
    table(['image', 'size', "Debian's package on the same base", 'packages', 'single stage'], rows),
    `- **Debian's package**: what \`apt-get install --no-install-recommends\` brings in place of the image, on the base that the image stands on, with
  no lists or archives of packages left in it. Often another version, and built with other options.
- **Single stage**: the image's own compile.Dockerfile and Dockerfile as one build without stages: compilers, headers, sources and objects
  stay in the image. Sources and packages come by mounts, so their archives don't count. Images that compile nothing have none.`,
  )}\n`;
}

import type { BenchReport } from '@dockyard/bench';
import { formatSize } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { blocks, code, table } from './markdown.ts';

const OWN_BINARY = "the project's own binary, with the symbols that its profiler reads; Debian's is of Node.js 20";
const LARGER: Readonly<Record<string, string>> = {
  mosquitto: "its dashboard speaks HTTPS by libmicrohttpd, which brings GnuTLS; Debian's 2.0 has no dashboard",
  'node-22-slim': OWN_BINARY,
  'node-24-slim': OWN_BINARY,
};

/**
 * Writes the page that compares sizes with what one would have otherwise.
 *
 * @param baseline the committed results of `npm run bench`
 * @param larger by project, why it is larger than Debian's package
 * @returns Markdown; undefined where sizes were never measured
 * @throws {UserError} a project is larger than Debian's package and `larger` doesn't say why
 */
export function sizesPage(baseline: Pick<BenchReport, 'results'>, larger = LARGER): string | undefined {
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
  const reasons = measured
    .filter(({ ratios }) => ratios.some(({ to, median }) => to === 'package' && median > 1))
    .map(({ parameters }) => reasonOf(String(parameters['project']), larger))
    .sort();
  const platforms = [...new Set(measured.map(({ parameters }) => String(parameters['platform'])))];
  return `${blocks(
    '<!-- Written by `npm run docs` from tools/bench/baseline.json: run `npx dockyard bench sizes --write`, then this. -->',
    '# Sizes',
    `Compressed bytes of all layers, base included, ${platforms.join(', ')}; × is the image's size divided by the other's. Measured by
\`npx dockyard bench sizes\`, which builds all three on the same base, with the same code and the same compression.`,
    table(['image', 'size', "Debian's package on the same base", 'packages', 'single stage'], rows),
    `- **Debian's package**: what \`apt-get install --no-install-recommends\` brings in place of the image, on the base that the image stands on, with
  no lists or archives of packages left in it. Often another version, and built with other options.
- **Single stage**: the image's own compile.Dockerfile and Dockerfile as one build without stages: compilers, headers, sources and objects
  stay in the image. Sources and packages come by mounts, so their archives don't count. Images that compile nothing have none.`,
    ...(reasons.length === 0 ? [] : ["Larger than Debian's package are:", reasons.join('\n')]),
  )}\n`;
}

function reasonOf(project: string, larger: Readonly<Record<string, string>>): string {
  const reason = larger[project];
  if (reason !== undefined) return `- ${project}: ${reason}.`;
  throw new UserError(`${project} is larger than Debian's package, and nothing says why`, {
    hint: 'Make it smaller, or give the reason in LARGER of tools/docs/src/sizes-page.ts.',
  });
}

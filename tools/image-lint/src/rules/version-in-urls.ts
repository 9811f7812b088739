import { fileOf } from '@dockyard/definition';
import { namesVersion, versionedSources } from '../names-version.ts';
import type { Problem, Rule } from '../rule.ts';

export const versionInUrls: Rule = {
  name: 'version-in-urls',
  severity: 'error',
  explanation:
    'A new version of the image fetches what its URLs name. One that names no version gives another file one day, or the old one for ever.',
  fix: "write {version} where the URLs of the software have it; those of a helper name the helper's own version",
  definition: ({ project: { definition } }) => {
    const { sources, version } = definition;
    const problem = (index: number, message: string): Problem => {
      const line = definition.positions?.[`sources[${String(index)}]`]?.line;
      return { file: fileOf(definition, 'sources'), ...(line !== undefined && { line }), message };
    };
    if (sources.length > 0 && versionedSources(definition).length === 0)
      return [problem(0, `no URL of its sources names the version ${version}`)];
    return sources.flatMap(({ file, urls }, index) => {
      // Where one URL follows the version, the others are mirrors of the same file.
      const follows = urls.some((url) => namesVersion(url, version));
      return urls
        .filter((url) => !(follows ? namesVersion(url, version) : /\d[._]\d/.test(url)))
        .map((url) =>
          problem(index, `this URL of ${file} names ${follows ? `not the version ${version}` : 'no version'}: ${url}`),
        );
    });
  },
};

import { fileOf } from '@dockyard/definition';
import type { Rule } from '../rule.ts';

export const upstreamFirst: Rule = {
  name: 'upstream-first',
  severity: 'error',
  explanation: 'The first URL says whose software it is: a mirror comes after it, and may lag behind, patch or vanish.',
  fix: "put upstream's own https: URL first; npm: is upstream's where a source has no other URL",
  definition: ({ project: { definition } }) =>
    definition.sources.flatMap(({ file, urls }, index) => {
      const [first = ''] = urls;
      if (first.startsWith('https:') || urls.every((url) => url.startsWith('npm:'))) return [];
      const line = definition.positions?.[`sources[${String(index)}]`]?.line;
      return [
        {
          file: fileOf(definition, 'sources'),
          ...(line !== undefined && { line }),
          message: `the first URL of ${file} is ${first}`,
        },
      ];
    }),
};

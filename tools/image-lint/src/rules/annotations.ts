import type { Rule } from '../rule.ts';

/** Of the pre-defined keys of the OCI image spec (annotations.md), without `org.opencontainers.image.`. */
const NEEDED = ['title', 'description', 'version', 'licenses', 'url', 'created'];

export const annotations: Rule = {
  name: 'annotations',
  severity: 'error',
  explanation: 'Registries and scanners tell by its annotations what an image is, whose, and under which licence.',
  fix: 'fill in the fields of image.yaml that they are made of',
  image: ({ manifest }) => {
    const missing = NEEDED.filter((name) => (manifest.annotations?.[`org.opencontainers.image.${name}`] ?? '') === '');
    return missing.length === 0
      ? []
      : [{ message: `the manifest lacks ${missing.map((name) => `org.opencontainers.image.${name}`).join(', ')}` }];
  },
};

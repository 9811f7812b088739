import type { Rule } from '../rule.ts';

export const nonRoot: Rule = {
  name: 'non-root',
  severity: 'error',
  explanation: 'A process that starts as root is root on the host, but for what the engine takes away.',
  fix: 'write USER with a user of the image, or say in `lint` what needs root at the start',
  image: ({ config, project }) =>
    /^(?:root|0*)(?::.*)?$/.test(config.config?.User ?? '')
      ? [{ file: project.files.dockerfile, message: 'the image starts as root' }]
      : [],
};

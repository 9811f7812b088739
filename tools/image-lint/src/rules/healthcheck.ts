import type { Rule } from '../rule.ts';
import { isService } from '../image/service.ts';

export const healthcheck: Rule = {
  name: 'healthcheck',
  severity: 'error',
  explanation: 'Without a health check, a server that hangs looks like one that works.',
  fix: 'write HEALTHCHECK with a program of the image that asks the server itself',
  image: ({ config, project }) =>
    isService(config) && config.config?.Healthcheck === undefined
      ? [{ file: project.files.dockerfile, message: 'the image exposes ports and has no HEALTHCHECK' }]
      : [],
};

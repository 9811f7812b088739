import type { Rule } from '../rule.ts';
import { isService } from '../image/service.ts';

export const stopSignal: Rule = {
  name: 'stop-signal',
  severity: 'error',
  explanation:
    'Servers differ in which signal lets them finish what they are at: a default that nobody chose cuts it off.',
  fix: 'write STOPSIGNAL with the one that the server finishes gracefully on',
  image: ({ config, project }) =>
    isService(config) && config.config?.StopSignal === undefined
      ? [{ file: project.files.dockerfile, message: 'the image exposes ports and has no STOPSIGNAL' }]
      : [],
};

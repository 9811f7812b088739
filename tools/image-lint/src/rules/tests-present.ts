import type { Rule } from '../rule.ts';

export const testsPresent: Rule = {
  name: 'tests-present',
  severity: 'error',
  explanation: 'An image without tests is published whether or not it starts.',
  fix: 'write a *.test.ts beside image.yaml that starts a container and lets it do its job',
  definition: ({ project, tests }) =>
    tests.size > 0 ? [] : [{ message: `there is no *.test.ts in ${project.folders.join(' or ')}` }],
};

import { versionedSources } from '../names-version.ts';
import type { Rule } from '../rule.ts';

export const versionTested: Rule = {
  name: 'version-tested',
  severity: 'error',
  explanation: 'A digest says which bytes were compiled, and not which version they are; only the program does.',
  fix: "compare what the program says in a test: await expectVersion(/^boat (?<version>\\S+)$/m, { command: ['--version'] })",
  definition: ({ project: { definition }, tests }) => {
    const [first] = tests.keys();
    if (first === undefined || versionedSources(definition).length === 0) return [];
    if ([...tests.values()].some((text) => /\bexpectVersion\(/.test(text))) return [];
    return [{ file: first, message: `no test compares what the program says with the version ${definition.version}` }];
  },
};

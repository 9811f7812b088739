import type { Rule } from '../rule.ts';

export const noLatest: Rule = {
  name: 'no-latest',
  severity: 'error',
  explanation: 'What `latest` names changes with a new release line, and nobody decided to move.',
  fix: 'name the line that the build is made for, such as :13',
  definition: ({ project: { dockerfile, compileDockerfile } }) =>
    [dockerfile, compileDockerfile].flatMap((parsed) =>
      (parsed?.references ?? [])
        .filter(({ tag, kind }) => tag === 'latest' && (kind === 'workspace' || kind === 'external'))
        .map(({ line, value, instruction }) => ({
          ...(parsed !== undefined && { file: parsed.file }),
          line,
          message: `${instruction} names ${value}`,
        })),
    ),
};

import { UserError } from '@dockyard/exec';

/** A command of a stage; all of them have to succeed. */
export interface Check {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * A part of `npm test`: commands that count as one, a project of vitest.config.ts whose tests count, or the images that a change touches,
 * which count as one too.
 */
export type Stage =
  | { readonly name: string; readonly kind: 'check'; readonly checks: readonly Check[] }
  | { readonly name: string; readonly kind: 'images' }
  | { readonly name: string; readonly kind: 'tests'; readonly needsEngines: boolean; readonly coverage: boolean };

/** In the order that they run in. Programs are those of node_modules/.bin. */
export const STAGES: readonly Stage[] = [
  { name: 'format', kind: 'check', checks: [{ command: 'prettier', args: ['--check', '.'] }] },
  {
    name: 'lint',
    kind: 'check',
    checks: [
      { command: 'eslint', args: ['--max-warnings', '0', '.'] },
      { command: 'node', args: ['tools/cli/src/main.ts', 'lint:images'] },
    ],
  },
  {
    name: 'types',
    kind: 'check',
    checks: [
      { command: 'nx', args: ['run-many', '--targets', 'typecheck', '--output-style=static'] },
      { command: 'nx', args: ['sync:check'] },
    ],
  },
  // Renovate is installed for it, apart from the rest.
  {
    name: 'renovate',
    kind: 'check',
    checks: [{ command: 'node', args: ['tools/cli/src/main.ts', 'renovate', 'check'] }],
  },
  {
    name: 'generated',
    kind: 'check',
    checks: [
      { command: 'node', args: ['tools/cli/src/main.ts', 'schema', '--check'] },
      { command: 'node', args: ['tools/cli/src/main.ts', 'docs', '--check'] },
    ],
  },
  { name: 'unit', kind: 'tests', needsEngines: false, coverage: true },
  { name: 'integration', kind: 'tests', needsEngines: true, coverage: false },
  { name: 'e2e', kind: 'tests', needsEngines: true, coverage: false },
  { name: 'images', kind: 'images' },
];

/**
 * Picks stages by name, in the order that they run in.
 *
 * @param names all when empty
 * @throws {UserError} one is unknown
 */
export function pickStages(names: readonly string[]): Stage[] {
  const known = STAGES.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new UserError(`There is no stage "${name}".`, { hint: `Stages are ${known.join(', ')}.` });
  }
  return STAGES.filter(({ name }) => names.length === 0 || names.includes(name));
}

/**
 * Arguments of vitest for a stage of tests.
 *
 * @param report path of its report without a suffix: vitest's own (`.json`), which is counted, and JUnit's (`.xml`), which GitLab shows
 */
export function vitestArguments(stage: Extract<Stage, { kind: 'tests' }>, report: string): string[] {
  return [
    'run',
    '--project',
    stage.name,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}.json`,
    '--reporter=junit',
    `--outputFile.junit=${report}.xml`,
    ...(stage.coverage ? ['--coverage'] : []),
  ];
}

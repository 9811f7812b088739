import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { WORKSPACE } from './root.ts';

const eslint = new ESLint({
  cwd: WORKSPACE,
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
  // The rule needs no types, and the files needn't exist.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
});

async function problems(file: string, imported: string): Promise<string[]> {
  const code = `import { x } from '${imported}';\nconsole.log(x);\n`;
  const [result] = await eslint.lintText(code, { filePath: join(WORKSPACE, file) });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? 'parser'}: ${message}`);
}

const LAYERS = [['exec'], ['definition', 'oci'], ['engine', 'sources'], ['runner'], ['build']];

const pairs = LAYERS.flatMap((names, level) =>
  names.flatMap((from) =>
    LAYERS.flatMap((others, other) =>
      others.filter((to) => to !== from).map((to) => ({ from, to, allowed: other < level })),
    ),
  ),
);

describe('layers', () => {
  it.each(pairs.filter(({ allowed }) => allowed))('libs/$from may import $to', async ({ from, to }) => {
    expect(await problems(`libs/${from}/src/file.ts`, `@dockyard/${to}`)).toEqual([]);
  });

  it.each(pairs.filter(({ allowed }) => !allowed))('libs/$from may not import $to', async ({ from, to }) => {
    const [problem] = await problems(`libs/${from}/src/file.ts`, `@dockyard/${to}`);
    expect(problem).toContain('Imports point downwards only');
  });

  it.each(LAYERS.flat())('libs/%s may not import a tool', async (from) => {
    for (const tool of ['cli', 'lab', 'nx-images', 'image-test']) {
      const [problem] = await problems(`libs/${from}/src/file.ts`, `@dockyard/${tool}`);
      expect(problem, tool).toContain('Imports point downwards only');
    }
  });

  it('lets a library of no layer import nothing', async () => {
    expect(await problems('libs/newcomer/src/file.ts', '@dockyard/exec')).toHaveLength(1);
  });

  it('lets tools import every library', async () => {
    for (const name of LAYERS.flat()) {
      expect(await problems('tools/cli/src/file.ts', `@dockyard/${name}`), name).toEqual([]);
    }
  });
});

describe('paths', () => {
  it.each([
    ['libs/oci/src/file.ts', '../../exec/src/index.ts'],
    ['libs/oci/src/deep/file.ts', '../../../exec/src/index.ts'],
    ['libs/oci/src/deep/deeper/file.ts', '../../../../../tools/cli/src/root.ts'],
    ['tools/cli/src/file.ts', '../../../libs/exec/src/index.ts'],
  ])('%s may not reach another package by %s', async (file, imported) => {
    const [problem] = await problems(file, imported);
    expect(problem).toContain('by its name');
  });

  it.each([
    ['libs/oci/src/deep/file.ts', '../file.ts'],
    ['libs/oci/src/deep/file.ts', '../../package.json'],
    ['tools/cli/src/commands/file.ts', '../root.ts'],
  ])('%s may import %s of its own package', async (file, imported) => {
    expect(await problems(file, imported)).toEqual([]);
  });

  it('refuses a file inside of another package', async () => {
    const [problem] = await problems('libs/oci/src/file.ts', '@dockyard/exec/src/exec.ts');
    expect(problem).toContain("a package's entry");
  });
});

describe('processes', () => {
  it.each(['libs/oci/src/file.ts', 'tools/cli/src/file.ts'])('%s may not start them itself', async (file) => {
    for (const name of ['node:child_process', 'child_process']) {
      const [problem] = await problems(file, name);
      expect(problem, name).toContain('@dockyard/exec');
    }
  });

  it('lets libs/exec start them', async () => {
    expect(await problems('libs/exec/src/file.ts', 'node:child_process')).toEqual([]);
  });
});

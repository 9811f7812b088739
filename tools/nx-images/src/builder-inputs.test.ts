import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codeInputs } from './builder-inputs.ts';

const { builder, harness, linter } = codeInputs(fileURLToPath(new URL('../../..', import.meta.url)));
const packages = (inputs: typeof builder): string[] =>
  inputs.flatMap((input) =>
    typeof input === 'object' && 'externalDependencies' in input ? input.externalDependencies : [],
  );

describe('the code behind tasks', () => {
  it('has the packages that it imports, in the version that it gets', () => {
    expect(packages(builder)).toEqual(expect.arrayContaining(['npm:execa', 'npm:proper-lockfile']));
    // Nx brings other versions of its own.
    expect(packages(builder).join()).toMatch(/npm:yaml@\d/);
    expect(packages(builder).join()).toMatch(/npm:minimatch@\d/);
    expect(packages(builder)).not.toContain('npm:vitest');
    expect(packages(harness)).toContain('npm:vitest');
  });

  it.each([
    // Which machine does the work changes nothing of it.
    ['tasks that build', builder, ['@dockyard/inventory']],
    // It reads what libs/build writes, and builds nothing.
    ['the linter', linter, ['@dockyard/engine', '@dockyard/runner', '@dockyard/sources']],
  ])('of %s is all that it imports, but for what changes no output', (_, inputs, leftOut) => {
    const root = new URL('../../..', import.meta.url);
    const hashed = inputs.flatMap((input) =>
      typeof input === 'object' && 'projects' in input ? [input.projects].flat() : [],
    );
    const libraries = hashed
      .map((name) => name.replace('@dockyard/', 'libs/'))
      .filter((path) => existsSync(new URL(path, root)));
    const imported = libraries.flatMap((path) =>
      globSync(`${path}/src/**/*.ts`, { cwd: root, exclude: (name) => /\.test\.ts$|\/testing$/.test(name) }).flatMap(
        (file) =>
          Array.from(
            readFileSync(new URL(file, root), 'utf8').matchAll(/from '(@dockyard\/[a-z-]+)'/g),
            ([, name]) => name,
          ),
      ),
    );
    expect(libraries).not.toEqual([]);
    expect([...new Set(imported)].filter((name) => !hashed.includes(name ?? '')).sort()).toEqual(leftOut);
  });

  it('is that of executors and libraries, by the names of their projects', () => {
    expect(builder).toContainEqual({
      input: 'code',
      projects: expect.arrayContaining(['@dockyard/engine', '@dockyard/nx-images']) as string[],
    });
    expect(JSON.stringify(builder)).not.toContain('image-test');
    expect(harness).toContainEqual({
      input: 'code',
      projects: expect.arrayContaining(['@dockyard/engine', '@dockyard/image-test']) as string[],
    });
  });
});

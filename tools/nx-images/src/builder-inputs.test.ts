import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { codeInputs } from './builder-inputs.ts';

const { builder, harness } = codeInputs(fileURLToPath(new URL('../../..', import.meta.url)));
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

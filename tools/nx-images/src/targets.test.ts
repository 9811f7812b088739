import { fileURLToPath } from 'node:url';
import { type BuildUse, readProject } from '@dockyard/project';
import { describe, expect, it } from 'vitest';
import { codeInputs } from './builder-inputs.ts';
import { projectionsOf } from './projections.ts';
import { inferTargets } from './targets.ts';

const WORKSPACE = fileURLToPath(new URL('../../..', import.meta.url));

function targetsOf(name: string, selected: string[], lacking?: BuildUse): ReturnType<typeof inferTargets> {
  const result = readProject(WORKSPACE, `images/${name}/image.yaml`);
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics));
  return inferTargets(result.value, {
    parents: { compile: ['toolchain'], image: ['debian'], test: ['postgres'] },
    selected,
    projections: projectionsOf(result.value, selected),
    code: codeInputs(WORKSPACE),
    shared: [],
    lacks: (use) => use === lacking,
  });
}

describe('the targets of an image definition', () => {
  it('are one chain a platform, and one join', () => {
    const targets = targetsOf('redis', ['linux/amd64']);
    expect(Object.keys(targets).sort()).toEqual([
      'check:amd64',
      'check:arm64',
      'compile:amd64',
      'compile:arm64',
      'image',
      'image:amd64',
      'image:arm64',
      'lint:amd64',
      'lint:arm64',
      'publish',
      'reproduce',
      'test:amd64',
      'test:arm64',
    ]);
    expect(targets['compile:arm64']?.dependsOn).toEqual([{ projects: ['toolchain'], target: 'image:arm64' }]);
    expect(targets['image:arm64']?.dependsOn).toEqual([
      'compile:arm64',
      { projects: ['debian'], target: 'image:arm64' },
    ]);
    expect(targets['test:arm64']?.dependsOn).toEqual([
      'image:arm64',
      { projects: ['postgres'], target: 'image:arm64' },
    ]);
    expect(targets['test:arm64']?.inputs).toContainEqual({
      fileset: '{workspaceRoot}/dist/images/postgres/arm64/image.json',
      includeIgnored: true,
    });
    // A test or fixture that becomes a link, or that .gitignore names and git tracks.
    for (const pattern of ['**/*.test.ts', 'fixtures/**/*'])
      expect(targets['test:arm64']?.inputs).toContainEqual({
        fileset: `{workspaceRoot}/.dockyard/modes/images/redis/${pattern}`,
        includeIgnored: true,
      });
  });

  it("check with upstream's tests where compile.Dockerfile has them in a stage, reading what the compile reads", () => {
    const { 'check:amd64': check, 'compile:amd64': compile, publish } = targetsOf('unbound', ['linux/arm64']);
    expect(check?.executor).toBe('@dockyard/nx-images:check');
    expect(check?.inputs).toEqual(expect.arrayContaining(compile?.inputs ?? []));
    // So that its record says which artifacts were checked.
    expect(check?.dependsOn).toEqual(['compile:amd64', ...(compile?.dependsOn ?? [])]);
    expect(check?.inputs).toContainEqual({
      fileset: '{workspaceRoot}/dist/images/unbound/amd64/artifacts.json',
      includeIgnored: true,
    });
    expect(check?.outputs).toEqual(['{workspaceRoot}/dist/images/unbound/amd64/check.json']);
    expect(publish?.dependsOn).toContain('check:arm64');
    expect(targetsOf('unbound', [])['lint:arm64']?.outputs).toEqual([
      '{workspaceRoot}/dist/images/unbound/arm64/lint.json',
    ]);
    expect(Object.keys(targetsOf('memcached', []))).not.toContain('check:amd64');
  });

  it('publish nothing that was not tested and held to the rules, on every selected platform', () => {
    expect(targetsOf('redis', ['linux/amd64'])['publish']?.dependsOn).not.toContain('test:arm64');
    const { publish, 'lint:arm64': lint } = targetsOf('redis', ['linux/amd64', 'linux/arm64']);
    expect(publish?.dependsOn).toEqual(
      expect.arrayContaining(['test:amd64', 'lint:amd64', 'test:arm64', 'lint:arm64']) as unknown[],
    );
    expect(lint?.dependsOn).toEqual(['image:arm64']);
  });

  it('join the selected platforms only', () => {
    expect(targetsOf('redis', ['linux/amd64'])['image']?.dependsOn).toEqual(['image:amd64']);
    expect(targetsOf('redis', ['linux/amd64', 'linux/arm64'])['image']?.dependsOn).toEqual([
      'image:amd64',
      'image:arm64',
    ]);
  });

  it('say which of them lack what a person has to write first', () => {
    const unready = (lacking?: BuildUse): string[] =>
      Object.entries(targetsOf('unbound', [], lacking)).flatMap(([name, { metadata }]) =>
        metadata?.['unready'] === undefined ? [] : [name],
      );
    expect(unready()).toEqual([]);
    expect(unready('image')).toEqual(['image:amd64', 'image:arm64']);
    expect(unready('compile')).toEqual(['compile:amd64', 'check:amd64', 'compile:arm64', 'check:arm64']);
    expect(targetsOf('unbound', [], 'compile')['check:arm64']?.metadata).toMatchObject({
      unready: { use: 'compile', platform: 'linux/arm64' },
    });
  });

  it('have no compile where there is nothing to compile', () => {
    expect(Object.keys(targetsOf('debian', []))).not.toContain('compile:amd64');
  });

  it('never recompile for an entrypoint, and never reassemble for a compile flag', () => {
    const { 'compile:amd64': compile, 'image:amd64': image } = targetsOf('redis', []);
    expect(JSON.stringify(compile?.inputs)).not.toContain('rootfs');
    expect(JSON.stringify(compile?.inputs)).not.toContain('redis/Dockerfile');
    expect(JSON.stringify(image?.inputs)).not.toContain('compile.Dockerfile');
  });
});

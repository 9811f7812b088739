import type { TargetConfiguration } from '@nx/devkit';

type Inputs = NonNullable<TargetConfiguration['inputs']>;

/**
 * The code that builds, as an input of everything built: Nx counts no plugin's source by itself. Tests, generators and
 * graph-time code are left out, they change no output.
 */
export const BUILDER_INPUTS: Inputs = [
  '{workspaceRoot}/libs/{exec,definition,sources,oci,engine,runner,build}/src/**/*.ts',
  '!{workspaceRoot}/libs/**/*.test.ts',
  '{workspaceRoot}/tools/nx-images/src/executors/**/*',
  '!{workspaceRoot}/tools/nx-images/src/executors/**/*.test.ts',
  {
    externalDependencies: [
      'dockerfile-ast',
      'execa',
      'p-retry',
      'proper-lockfile',
      'semver',
      'tar-stream',
      'xz-decompress',
      'yaml',
      'zod',
    ],
  },
];

/** The code that tests images. */
export const HARNESS_INPUTS: Inputs = [
  '{workspaceRoot}/tools/image-test/src/**/*.ts',
  '!{workspaceRoot}/tools/image-test/src/**/*.test.ts',
  '{workspaceRoot}/tools/nx-images/src/executors/{test,task}.ts',
  '{workspaceRoot}/vitest.images.config.ts',
  { externalDependencies: ['vitest'] },
];

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TargetConfiguration } from '@nx/devkit';

type Input = NonNullable<TargetConfiguration['inputs']>[number];

/** The code that does the work of tasks, as inputs of them: Nx counts no plugin's source by itself. */
export interface CodeInputs {
  /** Of what compiles, assembles and joins. */
  readonly builder: readonly Input[];
  /** Of what tests images. */
  readonly harness: readonly Input[];
  /** Of what holds images to the rules. */
  readonly linter: readonly Input[];
}

const BUILDERS = [
  'diagnostic',
  'exec',
  'checkout',
  'dockerfile',
  'definition',
  'sources',
  'oci',
  'project',
  'engine',
  'runner',
  'build',
].map((name) => `libs/${name}`);
/** What the linter reads definitions and layers with. */
const LINTED_BY = ['diagnostic', 'exec', 'checkout', 'dockerfile', 'definition', 'oci', 'project', 'build'].map(
  (name) => `libs/${name}`,
);
const EXECUTORS = 'tools/nx-images';
const HARNESS = 'tools/image-test';
const LINTER = 'tools/image-lint';

/**
 * Lists the code behind the executors, with the packages that it imports. Tests, generators and graph-time code are left
 * out: they change no output. So is the Node that runs it all: what another one built stays good.
 * Which files of a package are such code, its own named input `code` says (nx.json, and package.json where it differs): as
 * patterns of every task they would be most of the task graph.
 *
 * @param workspace absolute path of the workspace root
 * @throws an error of Node where package-lock.json can't be read
 */
export function codeInputs(workspace: string): CodeInputs {
  const { packages } = JSON.parse(readFileSync(join(workspace, 'package-lock.json'), 'utf8')) as Lock;
  const builder: Input[] = [
    code(packages, [...BUILDERS, EXECUTORS]),
    { externalDependencies: externalDependencies(packages, BUILDERS) },
  ];
  return {
    builder,
    harness: [
      code(packages, [...BUILDERS, EXECUTORS, HARNESS]),
      '{workspaceRoot}/vitest.images.config.ts',
      { externalDependencies: [...externalDependencies(packages, [...BUILDERS, HARNESS]), 'npm:vitest'].sort() },
    ],
    linter: [
      code(packages, [...LINTED_BY, LINTER]),
      { externalDependencies: externalDependencies(packages, LINTED_BY) },
    ],
  };
}

/** The named input `code` of packages, by the folders that they lie in. */
function code(packages: Packages, folders: readonly string[]): Input {
  return { input: 'code', projects: folders.map((folder) => packages[folder]?.name ?? folder) };
}

/** What is read of package-lock.json (lockfileVersion 3). */
interface Lock {
  readonly packages: Packages;
}
type Packages = Readonly<Record<string, { name?: string; version?: string; dependencies?: Record<string, string> }>>;

/** Nx's names of the packages that workspace packages import: a version that isn't the hoisted one is part of the name. */
function externalDependencies(packages: Packages, folders: readonly string[]): string[] {
  const names = folders.flatMap((folder) =>
    Object.keys(packages[folder]?.dependencies ?? {})
      .filter((name) => !name.startsWith('@dockyard/'))
      .map((name) => {
        const own = packages[`${folder}/node_modules/${name}`]?.version;
        return own === undefined ? `npm:${name}` : `npm:${name}@${own}`;
      }),
  );
  return [...new Set(names)].sort();
}

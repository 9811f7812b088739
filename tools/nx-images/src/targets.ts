import { MODES_FOLDER } from '@dockyard/checkout';
import {
  type BuildUse,
  dockerfileOf,
  hasCheck,
  indexPath,
  outputPaths,
  ownInputs,
  passedPath,
  type Project,
  testPaths,
} from '@dockyard/project';
import { archSuffix } from '@dockyard/definition';
import type { ProjectGraphExternalNode, TargetConfiguration } from '@nx/devkit';
import type { CodeInputs } from './builder-inputs.ts';
import { UNREADY } from './executors/unready.ts';

type Input = NonNullable<TargetConfiguration['inputs']>[number];

/** What the targets of a definition depend on besides its own files. */
export interface Surroundings {
  /** Names of the workspace projects that each Dockerfile names, and of those that the tests start. */
  readonly parents: Readonly<Record<BuildUse | 'test', readonly string[]>>;
  /** Platforms that `image` joins. */
  readonly selected: readonly string[];
  /** External nodes by target, as `projectionsOf` makes them. */
  readonly projections: Readonly<Record<string, ProjectGraphExternalNode>>;
  readonly code: CodeInputs;
  /** What makes tasks affected where a file changes that the definition extends. */
  readonly shared: readonly Input[];
  /** Whether a person has to write something before a build can work. */
  readonly lacks: (use: BuildUse, platform: string) => boolean;
}

/**
 * Infers the targets of an image definition. Which targets there are, and their executors, options and outputs, depends on
 * the project's name and platforms only: Nx hashes all of that into every task of the project.
 *
 * @param project the definition.
 * @param around what else they depend on.
 * @returns targets by name: `compile:<arch>`, `image:<arch>`, `test:<arch>` and `lint:<arch>` of every declared platform, `check:<arch>` where
 *   compile.Dockerfile has that stage, `image`, `publish` and `reproduce`.
 */
export function inferTargets(project: Project, around: Surroundings): Record<string, TargetConfiguration> {
  const targets: Record<string, TargetConfiguration> = {};
  const checks = hasCheck(project.compileDockerfile);
  for (const platform of project.definition.platforms) {
    const arch = archSuffix(platform);
    const compiles = project.compileDockerfile !== undefined;
    const others = around.parents.test;
    const tests = [
      ...project.folders.flatMap((folder) => [`${folder}/**/*.test.ts`, `${folder}/fixtures/**/*`]),
      ...project.nested.map((folder) => `!${folder}/**/*`),
    ];
    if (compiles) targets[`compile:${arch}`] = buildTarget(project, around, 'compile', platform);
    if (checks) targets[`check:${arch}`] = checkTarget(project, around, platform);
    targets[`image:${arch}`] = buildTarget(project, around, 'image', platform);
    targets[`test:${arch}`] = {
      executor: '@dockyard/nx-images:test',
      options: { platform },
      cache: true,
      dependsOn: [`image:${arch}`, ...(others.length > 0 ? [{ projects: [...others], target: `image:${arch}` }] : [])],
      inputs: [
        ...filesets(tests),
        ...modesOf(tests),
        projection(around, `test:${arch}`),
        ...around.code.harness,
        ...recordsOf([project.project, ...others].map((name) => [name, platform, 'image'])),
      ],
      outputs: Object.values(testPaths(project.project, platform)).map((path) => `{workspaceRoot}/${path}`),
      metadata: { description: `Test the ${platform} image of ${project.project}` },
    };
    targets[`lint:${arch}`] = {
      executor: '@dockyard/nx-images:lint',
      options: { platform },
      cache: true,
      dependsOn: [`image:${arch}`],
      inputs: [
        projection(around, 'lint'),
        ...around.shared,
        ...around.code.linter,
        ...recordsOf([[project.project, platform, 'image']]),
      ],
      outputs: [`{workspaceRoot}/${passedPath(project.project, platform, 'lint')}`],
      metadata: { description: `Hold the ${platform} image of ${project.project} to the rules` },
    };
  }
  targets['image'] = {
    executor: '@dockyard/nx-images:join',
    cache: true,
    dependsOn: around.selected.map((platform) => `image:${archSuffix(platform)}`),
    inputs: [
      projection(around, 'image'),
      ...around.shared,
      REPOSITORY,
      ...around.code.builder,
      ...recordsOf(around.selected.map((platform) => [project.project, platform, 'image'])),
    ],
    outputs: [`{workspaceRoot}/${indexPath(project.project)}`, `{workspaceRoot}/${indexPath(project.project)}.json`],
    metadata: { description: `Join the platforms of ${project.project} into one image index` },
  };
  targets['publish'] = {
    executor: '@dockyard/nx-images:publish',
    cache: false,
    dependsOn: [
      'image',
      // The others have no runner here. An index without them is refused; a dry run says what it can.
      ...around.selected.flatMap((platform) =>
        ['test', 'lint', ...(checks ? ['check'] : [])].map((target) => `${target}:${archSuffix(platform)}`),
      ),
      // Bases first: their layers are then mounted and not sent again.
      ...(around.parents.image.length > 0 ? [{ projects: [...around.parents.image], target: 'publish' }] : []),
    ],
    metadata: { description: `Push the tested image index of ${project.project} to the registries and move its tags` },
  };
  targets['reproduce'] = {
    executor: '@dockyard/nx-images:reproduce',
    cache: false,
    dependsOn: ['image'],
    metadata: { description: `Build ${project.project} a second time, from nothing, and compare every digest` },
  };
  return targets;
}

function buildTarget(project: Project, around: Surroundings, use: BuildUse, platform: string): TargetConfiguration {
  const arch = archSuffix(platform);
  const kind = use === 'compile' ? 'artifacts' : 'image';
  const { layout, record } = outputPaths(project.project, platform, kind);
  const dockerfile = dockerfileOf(project, use).path;
  const parents = around.parents[use];
  const own = ownInputs(project, use, platform);
  const artifacts = use === 'image' && project.compileDockerfile !== undefined;
  return {
    executor: '@dockyard/nx-images:build',
    options: { use, platform },
    cache: true,
    dependsOn: [
      ...(artifacts ? [`compile:${arch}`] : []),
      ...(parents.length > 0 ? [{ projects: [...parents], target: `image:${arch}` }] : []),
    ],
    inputs: [
      ...filesets([...own.files, ...own.context]),
      ...modesOf(own.context),
      projection(around, `${use}:${arch}`),
      ...around.shared,
      ...(use === 'image' ? [REPOSITORY] : []),
      ...around.code.builder,
      ...recordsOf([
        ...(artifacts ? [[project.project, platform, 'artifacts'] as const] : []),
        ...parents.map((parent) => [parent, platform, 'image'] as const),
      ]),
    ],
    outputs: [`{workspaceRoot}/${layout}`, `{workspaceRoot}/${record}`],
    metadata: {
      description:
        use === 'compile'
          ? `Compile ${project.project} for ${platform} (${dockerfile})`
          : `Assemble the ${platform} image of ${project.project}`,
      dockerfile,
      ...unready(around, use, platform),
    },
  };
}

/** It reads what the compile reads, and says of the artifacts of that compile that they were checked. */
function checkTarget(project: Project, around: Surroundings, platform: string): TargetConfiguration {
  const { dependsOn = [], inputs = [] } = buildTarget(project, around, 'compile', platform);
  return {
    executor: '@dockyard/nx-images:check',
    options: { platform },
    cache: true,
    dependsOn: [`compile:${archSuffix(platform)}`, ...dependsOn],
    inputs: [...inputs, ...recordsOf([[project.project, platform, 'artifacts']])],
    outputs: [`{workspaceRoot}/${passedPath(project.project, platform, 'check')}`],
    metadata: {
      description: `Run upstream's own tests of ${project.project} on ${platform}`,
      ...unready(around, 'compile', platform),
    },
  };
}

function unready(around: Surroundings, use: BuildUse, platform: string): Record<string, unknown> {
  return around.lacks(use, platform) ? { [UNREADY]: { use, platform } } : {};
}

/** What `readRepository` takes out of package.json. */
const REPOSITORY: Input = { json: '{workspaceRoot}/package.json', fields: ['repository'] };

function projection({ projections }: Surroundings, target: string): Input {
  const node = projections[target];
  if (node === undefined) throw new Error(`nothing was projected for ${target}`);
  return { externalDependencies: [node.name] };
}

/**
 * The records of what a task reads of other tasks. Only their digests count: a parent that is rebuilt to the same bytes
 * leaves its children as they are.
 */
function recordsOf(
  outputs: readonly (readonly [project: string, platform: string, kind: 'artifacts' | 'image'])[],
): Input[] {
  return [
    { dependentTasksOutputFiles: '**/{image,artifacts}.json', transitive: false },
    // With --exclude-task-dependencies the former says nothing: the outputs that lie there count.
    ...outputs.map(([project, platform, kind]) => ({
      fileset: `{workspaceRoot}/${outputPaths(project, platform, kind).record}`,
      includeIgnored: true,
    })),
  ];
}

/** The notes that `preTasksExecution` keeps of files. */
function modesOf(patterns: readonly string[]): Input[] {
  return filesets(
    patterns.map((pattern) =>
      pattern.startsWith('!') ? `!${MODES_FOLDER}/${pattern.slice(1)}` : `${MODES_FOLDER}/${pattern}`,
    ),
  ).map((fileset) => ({ fileset, includeIgnored: true }));
}

function filesets(patterns: readonly string[]): string[] {
  return patterns.map((pattern) =>
    pattern.startsWith('!') ? `!{workspaceRoot}/${pattern.slice(1)}` : `{workspaceRoot}/${pattern}`,
  );
}

import { dockerfileOf, indexPath, outputPaths, ownInputs, type Project } from '@dockyard/build';
import { archSuffix, parsePlatform } from '@dockyard/definition';
import type { TargetConfiguration } from '@nx/devkit';
import { BUILDER_INPUTS, HARNESS_INPUTS } from './builder-inputs.ts';

type Input = NonNullable<TargetConfiguration['inputs']>[number];

/** A project's parents by the build that names them. */
export interface Parents {
  readonly compile: readonly string[];
  readonly image: readonly string[];
}

/**
 * Infers the targets of an image definition.
 *
 * @param project the definition.
 * @param parents names of the workspace projects that its Dockerfiles name.
 * @param selected platforms that `image` joins.
 * @param hasTests whether there are `*.test.ts` beside the definition.
 * @returns targets by name: `compile:<arch>`, `image:<arch>`, `test:<arch>` of every declared platform, and `image`.
 */
export function inferTargets(
  project: Project,
  parents: Parents,
  selected: readonly string[],
  hasTests: boolean,
): Record<string, TargetConfiguration> {
  const targets: Record<string, TargetConfiguration> = {};
  const compiles = project.compileDockerfile !== undefined;
  for (const platform of project.definition.platforms) {
    const arch = archSuffix(parsePlatform(platform));
    const outputs = (kind: 'artifacts' | 'image'): string[] => {
      const { layout, record } = outputPaths(project.project, platform, kind);
      return [`{workspaceRoot}/${layout}`, `{workspaceRoot}/${record}`];
    };
    const images = (names: readonly string[]): TargetConfiguration['dependsOn'] =>
      names.length === 0 ? [] : [{ projects: [...names], target: `image:${arch}` }];

    if (compiles) {
      targets[`compile:${arch}`] = {
        executor: '@dockyard/nx-images:build',
        options: { use: 'compile', platform },
        cache: true,
        dependsOn: images(parents.compile) ?? [],
        inputs: [...filesets(ownInputs(project, 'compile', platform)), ...BUILDER_INPUTS, PARENT_RECORDS],
        outputs: outputs('artifacts'),
        metadata: {
          description: `Compile ${project.project} for ${platform} (${dockerfileOf(project, 'compile').path})`,
        },
      };
    }
    targets[`image:${arch}`] = {
      executor: '@dockyard/nx-images:build',
      options: { use: 'image', platform },
      cache: true,
      dependsOn: [...(compiles ? [`compile:${arch}`] : []), ...(images(parents.image) ?? [])],
      inputs: [...filesets(ownInputs(project, 'image', platform)), ...BUILDER_INPUTS, PARENT_RECORDS],
      outputs: outputs('image'),
      metadata: { description: `Assemble the ${platform} image of ${project.project}` },
    };
    if (hasTests) {
      targets[`test:${arch}`] = {
        executor: '@dockyard/nx-images:test',
        options: { platform },
        cache: true,
        dependsOn: [`image:${arch}`],
        inputs: [
          ...filesets(project.folders.flatMap((folder) => [`${folder}/**/*.test.ts`, `${folder}/fixtures/**/*`])),
          ...HARNESS_INPUTS,
          PARENT_RECORDS,
        ],
        outputs: [],
        metadata: { description: `Test the ${platform} image of ${project.project}` },
      };
    }
  }
  targets['image'] = {
    executor: '@dockyard/nx-images:join',
    cache: true,
    dependsOn: selected.map((platform) => `image:${archSuffix(parsePlatform(platform))}`),
    inputs: [`{workspaceRoot}/${project.root}/image.yaml`, ...BUILDER_INPUTS, PARENT_RECORDS],
    outputs: [`{workspaceRoot}/${indexPath(project.project)}`, `{workspaceRoot}/${indexPath(project.project)}.json`],
    metadata: { description: `Join the platforms of ${project.project} into one image index` },
  };
  return targets;
}

/** Only the digests of parents count: one that is rebuilt to the same bytes leaves its children as they are. */
const PARENT_RECORDS: Input = { dependentTasksOutputFiles: '**/{image,artifacts}.json', transitive: false };

function filesets(patterns: readonly string[]): string[] {
  return patterns.map((pattern) => `{workspaceRoot}/${pattern}`);
}

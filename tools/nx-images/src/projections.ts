import { hash } from 'node:crypto';
import { buildProjection, type BuildUse, indexProjection, type Project } from '@dockyard/project';
import { archSuffix } from '@dockyard/definition';
import type { ProjectGraphExternalNode } from '@nx/devkit';

/**
 * Makes what each task reads of image.yaml an external node, which Nx hashes: Nx itself would hash the whole of the file. A
 * changed image.yaml still makes all tasks of its project affected, since it configures the project; the hash then says
 * which of them run.
 *
 * @param project the image definition.
 * @param selected platforms that `image` joins.
 * @returns by target: `compile:<arch>`, `image:<arch>`, `test:<arch>`, `image`; `lint` for that of every platform.
 */
export function projectionsOf(project: Project, selected: readonly string[]): Record<string, ProjectGraphExternalNode> {
  const uses: BuildUse[] = project.compileDockerfile === undefined ? ['image'] : ['compile', 'image'];
  const builds = uses.flatMap((use) =>
    project.definition.platforms.map((platform): [string, object] => [
      `${use}:${archSuffix(platform)}`,
      buildProjection(project, use, platform),
    ]),
  );
  const tests = project.definition.platforms.map((platform): [string, object] => [
    `test:${archSuffix(platform)}`,
    { size: project.definition.sizes[platform], testWith: project.definition.testWith },
  ]);
  const all: [string, object][] = [
    ...builds,
    ...tests,
    ['image', indexProjection(project.definition, selected)],
    ['lint', lintProjection(project)],
  ];
  return Object.fromEntries(
    all.map(([target, value]) => [target, externalNode(`${project.project}:${target}`, value)]),
  );
}

/** What the rules of images take out of a definition. */
function lintProjection({ definition, files }: Project): object {
  const { file, positions, image, licenses, lint, sources } = definition;
  const silenced = Object.keys(lint ?? {}).map((rule) => [rule, positions?.[`lint.${rule}`]]);
  return { file, files, image, licenses, silenced, ships: sources.length > 0 };
}

function externalNode(task: string, value: object): ProjectGraphExternalNode {
  const digest = hash('sha256', JSON.stringify(value));
  const packageName = `image.yaml of ${task}`;
  // Nx wants a version too, and shows it.
  return {
    type: 'dockyard',
    name: `dockyard:${task}`,
    data: { packageName, version: digest.slice(0, 12), hash: digest },
  };
}

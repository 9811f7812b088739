import { archSuffix, platformOfSuffix, PLATFORMS } from '@dockyard/definition';
import { changedTasks, type Explanation, type Reason } from '../explanation.ts';
import { codeCell } from './markdown.ts';

/** Why one image is affected. */
export interface Causes {
  readonly project: string;
  /** Files, packages and the like that changed, in words, without order of importance. */
  readonly changes: readonly string[];
  /** Affected images that it builds on. */
  readonly parents: readonly string[];
  /** OCI platforms whose tasks are affected. */
  readonly platforms: readonly string[];
}

const SUFFIXES = new Set<string>(PLATFORMS.map((platform) => archSuffix(platform)));

/**
 * Gathers the reasons of all tasks of an image.
 *
 * @param explanation what Nx says
 * @returns one for each affected image, by name
 */
export function causesOf(explanation: Explanation): Causes[] {
  const byProject = Map.groupBy(changedTasks(explanation), projectOf);
  return [...byProject]
    .map(([project, tasks]) => {
      const reasons = tasks.flatMap((task) => explanation.affected[task] ?? explanation.upstream[task] ?? []);
      const producers = reasons.flatMap(({ producer }) => (producer === undefined ? [] : [projectOf(producer)]));
      const suffixes = tasks.map((task) => task.split(':').at(-1) ?? '').filter((suffix) => SUFFIXES.has(suffix));
      return {
        project,
        changes: [...new Set(reasons.flatMap(inWords))].sort(),
        parents: [...new Set(producers)].filter((one) => one !== project).sort(),
        platforms: [...new Set(suffixes)].map(platformOfSuffix).sort(),
      };
    })
    .sort((one, other) => (one.project < other.project ? -1 : 1));
}

/** What changed; nothing for what follows from another task. */
function inWords(reason: Reason): string[] {
  const file = reason.file === undefined ? 'a file' : codeCell(reason.file);
  switch (reason.kind) {
    case 'dependent-output':
      return [];
    case 'input-file':
    case 'project-configuration':
      return [file];
    case 'deleted-project-configuration':
      return [`${file} was deleted`];
    case 'npm-package':
      return [`package ${codeCell(reason.package ?? '?')}`];
    case 'moved-ecosystem':
      return [`all packages of ${reason.ecosystem ?? '?'}`];
    case 'lockfile':
    case 'external-dependencies':
      return [file];
    case 'custom-hasher':
      return ['its executor'];
    default:
      return [reason.kind];
  }
}

function projectOf(task: string): string {
  return task.slice(0, task.indexOf(':'));
}

import { basename, dirname } from 'node:path';
import { requireProject } from '@dockyard/build';
import { findDefinitions, type Project } from '@dockyard/project';
import { didYouMean, projectName } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { WORKSPACE } from './root.ts';

/**
 * Lists the image projects.
 *
 * @param workspace absolute path of the workspace root
 * @returns folders relative to the root, by project name
 */
export function imageProjects(workspace: string): Map<string, string> {
  return new Map(
    findDefinitions(workspace).map((file) => {
      const root = dirname(file);
      return [projectName(root), root];
    }),
  );
}

/**
 * Picks projects by name. A path such as `images/redis/` is taken as well, because shells complete it.
 *
 * @param names what the user typed
 * @param known folders by project name
 * @returns names, each once
 * @throws {UserError} one is unknown, with the nearest name and the list
 */
export function pickProjects(names: readonly string[], known: ReadonlyMap<string, string>): string[] {
  const byFolder = new Map([...known].map(([name, root]) => [root, name]));
  return [
    ...new Set(
      names.map((name) => {
        const project = known.has(name) ? name : byFolder.get(name.replace(/^\.\//, '').replace(/\/+$/, ''));
        if (project !== undefined) return project;
        const meant = didYouMean(basename(name), known.keys());
        throw new UserError(
          `There is no image project "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`}\nThere are: ${[...known.keys()].sort().join(', ')}`,
          { hint: 'Make one: npx nx g @dockyard/nx-images:image <name>' },
        );
      }),
    ),
  ];
}

/**
 * Reads the definition of a project.
 *
 * @throws {UserError} its files have mistakes
 */
export function projectOf(name: string): Project {
  return requireProject(WORKSPACE, imageProjects(WORKSPACE).get(name) ?? `images/${name}`);
}

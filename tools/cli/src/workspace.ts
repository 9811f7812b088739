import { basename, dirname } from 'node:path';
import { requireProject } from '@dockyard/build';
import { findDefinitions, type Project, projectNameOf, readProject } from '@dockyard/project';
import { didYouMean, formatDiagnostics } from '@dockyard/diagnostic';
import { UserError } from '@dockyard/exec';
import { WORKSPACE } from './root.ts';

/**
 * Lists the image projects.
 *
 * @param workspace absolute path of the workspace root
 * @returns folders relative to the root, by project name
 * @throws {UserError} a definition lies where none may, or in a folder whose name none may have
 */
export function imageProjects(workspace: string): Map<string, string> {
  return new Map(
    findDefinitions(workspace).map((file) => {
      const root = dirname(file);
      const name = projectNameOf(root);
      if (name !== undefined) return [name, root];
      const read = readProject(workspace, file);
      throw new UserError(read.ok ? `${file} is no definition.` : formatDiagnostics(read.diagnostics));
    }),
  );
}

/**
 * Picks projects by name. A path such as `images/redis/` is taken as well, because shells complete it; and a name that several projects share, such as
 * `php` or `php-8.4`, for all of these.
 *
 * @param names what the user typed
 * @param known folders by project name
 * @returns names, each once
 * @throws {UserError} one is unknown, with the nearest name and the list
 */
export function pickProjects(names: readonly string[], known: ReadonlyMap<string, string>): string[] {
  return [...new Set(names.flatMap((name) => projectsOf(name, known)))];
}

/**
 * Picks projects as {@link pickProjects} does, where it matters how many they are.
 *
 * @param names what the user typed
 * @param known folders by project name
 * @param command what the user would type before a name, such as `npx dockyard image`
 * @param all the option that takes all projects of a name; undefined where the command has none
 * @throws {UserError} one is unknown, or stands for several projects
 */
export function pickSingleProjects(
  names: readonly string[],
  known: ReadonlyMap<string, string>,
  command: string,
  all?: string,
): string[] {
  for (const name of names) {
    const meant = projectsOf(name, known);
    if (meant.length === 1) continue;
    const each = meant.map((project) => `  ${command} ${project}`);
    throw new UserError(
      `${name} is not one image but ${String(meant.length)}. Which one?\n${each.join('\n')}`,
      all === undefined ? {} : { hint: `All of them: ${command} ${name} ${all}` },
    );
  }
  return pickProjects(names, known);
}

function projectsOf(name: string, known: ReadonlyMap<string, string>): string[] {
  if (known.has(name)) return [name];
  const folder = name.replace(/^\.\//, '').replace(/\/+$/, '');
  const names = [...known.keys()].sort((one, other) => one.localeCompare(other, 'en', { numeric: true }));
  const found = names.filter((project) => {
    const root = known.get(project) ?? '';
    return root === folder || root.startsWith(`${folder}/`) || project.startsWith(`${name}-`);
  });
  if (found.length > 0 && folder !== '' && folder !== 'images') return found;
  const images = names.map((project) => (known.get(project) ?? '').split('/')[1] ?? project);
  const meant = didYouMean(basename(folder), new Set([...names, ...images]));
  throw new UserError(
    `There is no image project "${name}".${meant === undefined ? '' : ` Did you mean ${meant}?`}\nThere are: ${names.join(', ')}`,
    { hint: 'Make one: npx nx g @dockyard/nx-images:image <name>' },
  );
}

/**
 * Reads the definition of a project.
 *
 * @throws {UserError} its files have mistakes
 */
export function projectOf(name: string): Project {
  return requireProject(WORKSPACE, imageProjects(WORKSPACE).get(name) ?? `images/${name}`);
}

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import {
  type Diagnostic,
  type ParsedDockerfile,
  type ProjectDefinition,
  projectName,
  readDefinition,
  readDockerfile,
  type Result,
} from '@dockyard/definition';

/** The namespace of workspace references where the plugin's options name no other. */
export const DEFAULT_NAMESPACE = 'dockyard';

/** An image definition as it lies on disk. All paths are relative to the workspace root and use `/`. */
export interface Project extends ProjectDefinition {
  /** Folders that hold the definition's files, nearest first: the line's own, then what the lines of an image share. */
  readonly folders: readonly string[];
  /** The definition's lock files, keys and Dockerfiles, by their name beside `image.yaml`. */
  readonly files: { readonly dockerfile: string; readonly compileDockerfile?: string };
}

/**
 * Reads one image definition with its Dockerfiles.
 *
 * @param workspace absolute path of the workspace root.
 * @param file path of `image.yaml`, relative to the workspace root.
 * @param namespace namespace of workspace references, `dockyard` by default.
 * @returns the project, or everything that is wrong in its files.
 */
export function readProject(workspace: string, file: string, namespace = DEFAULT_NAMESPACE): Result<Project> {
  const root = toPosix(dirname(file));
  const folders = definitionFolders(root);
  const definition = readDefinition(readFileSync(join(workspace, file), 'utf8'), file);
  const buildArgs = definition.ok ? { VERSION: definition.value.version } : {};

  const read = (name: string): { path: string; result: Result<ParsedDockerfile> } | undefined => {
    const path = findFile(workspace, folders, name);
    if (path === undefined) return undefined;
    const text = readFileSync(join(workspace, path), 'utf8');
    return { path, result: readDockerfile(text, path, { namespace, buildArgs }) };
  };
  const dockerfile = read('Dockerfile');
  const compileDockerfile = read('compile.Dockerfile');

  const diagnostics: Diagnostic[] = [];
  if (!definition.ok) diagnostics.push(...definition.diagnostics);
  if (dockerfile === undefined) {
    diagnostics.push({
      file,
      line: 1,
      column: 1,
      message: `there is no Dockerfile in ${folders.join(' or ')}`,
      fix: `write ${root}/Dockerfile: it assembles the image from the compiled artifacts`,
    });
  } else if (!dockerfile.result.ok) diagnostics.push(...dockerfile.result.diagnostics);
  if (compileDockerfile?.result.ok === false) diagnostics.push(...compileDockerfile.result.diagnostics);

  if (!definition.ok || dockerfile?.result.ok !== true || compileDockerfile?.result.ok === false) {
    return { ok: false, diagnostics };
  }
  return {
    ok: true,
    value: {
      project: projectName(root),
      root,
      folders,
      definition: definition.value,
      dockerfile: dockerfile.result.value,
      ...(compileDockerfile?.result.ok === true && { compileDockerfile: compileDockerfile.result.value }),
      files: {
        dockerfile: dockerfile.path,
        ...(compileDockerfile !== undefined && { compileDockerfile: compileDockerfile.path }),
      },
    },
  };
}

/**
 * Lists the definitions of a workspace.
 *
 * @param workspace absolute path of the workspace root.
 * @returns paths of every `image.yaml` below `images/`, relative to the root, sorted.
 */
export function findDefinitions(workspace: string): string[] {
  const images = join(workspace, 'images');
  if (!existsSync(images)) return [];
  return readdirSync(images, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'image.yaml')
    .map((entry) => toPosix(relative(workspace, join(entry.parentPath, entry.name))))
    .sort();
}

/**
 * Finds a file of a definition: in the folder of its release line, else in the folder that the lines of an image share.
 *
 * @param workspace absolute path of the workspace root.
 * @param folders folders relative to the root, nearest first.
 * @param name path relative to such a folder.
 * @returns path relative to the workspace root, or undefined where none holds it.
 */
export function findFile(workspace: string, folders: readonly string[], name: string): string | undefined {
  return folders
    .map((folder) => posix.join(folder, name))
    .find((path) => statSync(join(workspace, path), { throwIfNoEntry: false }) !== undefined);
}

function definitionFolders(root: string): string[] {
  const parent = posix.dirname(root);
  return posix.basename(parent) === 'images' ? [root] : [root, parent];
}

function toPosix(path: string): string {
  return path.split(sep).join('/');
}

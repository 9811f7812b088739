import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import {
  type Definition,
  misnamedFolder,
  type ProjectDefinition,
  projectName,
  readDefinition,
} from '@dockyard/definition';
import { type Diagnostic, type Result } from '@dockyard/diagnostic';
import { type ParsedDockerfile, readDockerfile, readDockerignore } from '@dockyard/dockerfile';
import { type DefinitionFiles, filesOnDisk } from './definition-files.ts';
import type { Readers } from './kept-readings.ts';
import { locksAndKeys, refuseLinks } from './links.ts';

/** The namespace of workspace references where the plugin's options name no other. */
export const DEFAULT_NAMESPACE = 'dockyard';

/**
 * What an image is called where a layout of it is loaded: Docker's and Podman's full form of the name that Dockerfiles use, `dockyard/redis`.
 *
 * @param image name of the image.
 * @returns such as `docker.io/dockyard/redis`.
 */
export function loadedName(image: string): string {
  return `docker.io/${DEFAULT_NAMESPACE}/${image}`;
}

/** An image definition as it lies on disk. All paths are relative to the workspace root and use `/`. */
export interface Project extends ProjectDefinition {
  /** Folders that hold the definition's files, nearest first: the line's own, then what the lines of an image share. */
  readonly folders: readonly string[];
  /** Folders below those that hold other definitions. */
  readonly nested: readonly string[];
  readonly files: { readonly dockerfile: string; readonly compileDockerfile?: string };
  /** What no build context holds, as {@link readDockerignore} gives it. */
  readonly dockerignore?: { readonly path: string; readonly patterns: readonly string[] };
}

/**
 * Reads one image definition with its Dockerfiles.
 *
 * @param workspace absolute path of the workspace root.
 * @param file path of `image.yaml`, relative to the workspace root.
 * @param namespace namespace of workspace references, `dockyard` by default.
 * @param readers what reads the text of its files; {@link keptReadings} where many definitions are read again and again.
 * @param files where its files come from; {@link filesOfWorkspace} where all definitions are read.
 * @returns the project, or everything that is wrong in its files.
 */
export function readProject(
  workspace: string,
  file: string,
  namespace = DEFAULT_NAMESPACE,
  readers: Readers = { readDefinition, readDockerfile },
  files: DefinitionFiles = filesOnDisk(workspace),
): Result<Project> {
  const root = toPosix(dirname(file));
  const project = projectNameOf(root);
  if (project === undefined) {
    const misnamed = misnamedFolder(root);
    return {
      ok: false,
      diagnostics: [
        {
          file,
          line: 1,
          column: 1,
          ...(misnamed === undefined
            ? {
                message: `found a definition in ${root}; allowed: images/<image> and images/<image>/<line>`,
                fix: 'move it there, or give the file another name',
              }
            : {
                message: `found a definition in the folder ${JSON.stringify(misnamed)}; allowed: small letters, digits, ".", "_" and "-", and a letter or digit first`,
                fix: 'rename the folder, such as to images/redis or images/php/8.4',
              }),
        },
      ],
    };
  }
  const folders = definitionFolders(root);
  const links: Diagnostic[] = [];
  const readOwn = (path: string): string | undefined => {
    links.push(...refuseLinks(files, [path]));
    return files.read(path);
  };
  const text = readOwn(file);
  if (links.length > 0) return { ok: false, diagnostics: links };
  if (text === undefined) {
    const message = 'there is no such file, or it cannot be read';
    return { ok: false, diagnostics: [{ file, line: 1, column: 1, message }] };
  }
  const definition = readers.readDefinition(text, file, readOwn);
  const buildArgs = definition.ok ? definitionArgs(definition.value) : {};

  const nearest = <T>(
    name: string,
    read: (text: string, path: string) => T,
  ): { path: string; result: T } | undefined => {
    for (const folder of folders) {
      const path = posix.join(folder, name);
      const text = readOwn(path);
      if (text !== undefined) return { path, result: read(text, path) };
    }
    return undefined;
  };
  const readStages = (text: string, path: string): Result<ParsedDockerfile> =>
    readers.readDockerfile(text, path, { namespace, buildArgs });
  const dockerfile = nearest('Dockerfile', readStages);
  const compileDockerfile = nearest('compile.Dockerfile', readStages);
  const dockerignore = nearest('.dockerignore', readDockerignore);
  // What else is wrong follows from a link being read as absent.
  if (links.length > 0) return { ok: false, diagnostics: distinct(links) };

  const diagnostics: Diagnostic[] = IGNORED_RULES.flatMap((name) => {
    const path = folders.map((folder) => posix.join(folder, name)).find((one) => files.read(one) !== undefined);
    return path === undefined ? [] : [refusedRules(path)];
  });
  if (!definition.ok) diagnostics.push(...definition.diagnostics);
  if (dockerfile === undefined) {
    diagnostics.push({
      file,
      line: 1,
      column: 1,
      message: `there is no Dockerfile that can be read in ${folders.join(' or ')}`,
      fix: `write ${root}/Dockerfile: it assembles the image from the compiled artifacts`,
    });
  } else if (!dockerfile.result.ok) diagnostics.push(...dockerfile.result.diagnostics);
  if (compileDockerfile?.result.ok === false) diagnostics.push(...compileDockerfile.result.diagnostics);
  if (dockerignore?.result.ok === false) diagnostics.push(...dockerignore.result.diagnostics);

  if (
    !definition.ok ||
    dockerfile?.result.ok !== true ||
    compileDockerfile?.result.ok === false ||
    dockerignore?.result.ok === false ||
    diagnostics.length > 0
  ) {
    return { ok: false, diagnostics };
  }
  const value: Project = {
    project,
    root,
    folders,
    nested: folders.flatMap((folder) => files.definitionsBelow(folder)).filter((path) => path !== root),
    definition: definition.value,
    dockerfile: dockerfile.result.value,
    ...(compileDockerfile?.result.ok === true && { compileDockerfile: compileDockerfile.result.value }),
    files: {
      dockerfile: dockerfile.path,
      ...(compileDockerfile !== undefined && { compileDockerfile: compileDockerfile.path }),
    },
    ...(dockerignore !== undefined && {
      dockerignore: { path: dockerignore.path, patterns: dockerignore.result.value },
    }),
  };
  const linked = refuseLinks(files, locksAndKeys(value));
  return linked.length > 0 ? { ok: false, diagnostics: linked } : { ok: true, value };
}

/**
 * Rules that one engine or the other would take in place of .dockerignore, and that no build of ours sees: a context holds
 * exactly what is copied.
 */
const IGNORED_RULES = [
  '.containerignore',
  ...['Dockerfile', 'compile.Dockerfile'].flatMap((name) => [`${name}.dockerignore`, `${name}.containerignore`]),
];

function refusedRules(file: string): Diagnostic {
  const message = 'has no effect: engines differ in which of such files they obey, so only .dockerignore is read';
  return { file, line: 1, column: 1, message, fix: 'move its patterns to the .dockerignore beside it' };
}

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [one.file, one])).values()];
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
  return (
    readdirSync(images, { recursive: true, withFileTypes: true })
      // A link in its place is refused when it is read, and not passed over.
      .filter((entry) => !entry.isDirectory() && entry.name === 'image.yaml')
      .map((entry) => toPosix(relative(workspace, join(entry.parentPath, entry.name))))
      .sort()
  );
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

/**
 * The build arguments that a definition gives to its Dockerfiles, those that declare them.
 *
 * @param definition the definition.
 * @returns values by name.
 */
export function definitionArgs({ version, variant }: Definition): Record<string, string> {
  return { VERSION: version, ...(variant !== undefined && { VARIANT: variant }) };
}

function definitionFolders(root: string): string[] {
  const parent = posix.dirname(root);
  return posix.basename(parent) === 'images' ? [root] : [root, parent];
}

/**
 * The Nx project name of a definition's folder.
 *
 * @param root the folder from the root of the workspace.
 * @returns undefined where no definition may lie; {@link readProject} says why.
 */
export function projectNameOf(root: string): string | undefined {
  try {
    return projectName(root);
  } catch {
    return undefined;
  }
}

function toPosix(path: string): string {
  return path.split(sep).join('/');
}

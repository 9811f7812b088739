import type { WorkspaceFiles } from '@dockyard/checkout';
import type { ContextPath, ParsedDockerfile } from '@dockyard/dockerfile';
import { anyOf, contextFiles, type Project } from '@dockyard/project';
import { ROOTFS } from './sources.ts';

/** Something in a Dockerfile that copies from the build context what a build can't have. */
export interface ContextMistake {
  /** The Dockerfile, relative to the workspace root. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly message: string;
  readonly fix: string;
}

const ABSENT = 'add it; what .gitignore or .dockerignore names, and a folder without files, counts as absent';

/**
 * Compares what a Dockerfile copies from its context with what is there, before anything is built: an engine would fail in
 * the middle of the build, leave a file out, or not agree with the other engine on what a path means.
 *
 * @param project the image definition
 * @param parsed the Dockerfile whose context it is
 * @param listing the files of the definition's folders
 * @returns what is wrong, in the order of the file
 */
export function contextMistakes(project: Project, parsed: ParsedDockerfile, listing: WorkspaceFiles): ContextMistake[] {
  const names = (paths: readonly { readonly path: string }[]): ReadonlyMap<string, string> =>
    contextFiles(
      project,
      parsed,
      paths.map(({ path }) => path),
    );
  const kinds = new Map(listing.files.map(({ path, kind }) => [path, kind]));
  const leftOut = new Map(listing.leftOut.map((one) => [one.path, one]));
  const files = [...names(listing.files)].map(([name, path]) => ({ name, path }));
  const links = linkNames(project, listing);
  const mistakes: ContextMistake[] = [];
  const report = (line: number, message: string, fix: string): void => {
    mistakes.push({ file: parsed.file, line, message, fix });
  };

  const missed = names(listing.leftOut);
  for (const [name, path] of missed) {
    const one = leftOut.get(path);
    const from = parsed.contextPaths.find((candidate) => isTakenBy(candidate, name));
    if (one !== undefined && from !== undefined) report(from.line, `takes ${path} along, which ${one.why}`, one.fix);
  }
  const places = new Map(files.map(({ name, path }) => [name, path]));
  for (const { name, path } of files) {
    const file = prefixesOf(name).find((prefix) => places.has(prefix));
    if (file === undefined) continue;
    const from = parsed.contextPaths.find((candidate) => isTakenBy(candidate, name));
    if (from !== undefined)
      report(from.line, `takes ${places.get(file)} along, a file where ${path} needs a folder`, 'rename one of them');
  }
  for (const { path, line } of parsed.contextPaths) {
    if (path === '.' || (path === ROOTFS && project.definition.packages?.bootstrap === true)) continue;
    const matches = anyOf([path]);
    const within = listing.leftOut.find((one) =>
      folderNames(project, one.path).some((name) => path.startsWith(`${name}/`)),
    );
    const through = links.find(({ name }) => prefixesOf(path).some((prefix) => anyOf([prefix])(name)));
    const taken = files.filter(({ name }) => matches(name));
    const link = taken.find((one) => kinds.get(one.path) === 'link' && isExactly(path, one.name));
    if (within !== undefined) report(line, `${path} lies in ${within.path}, which ${within.why}`, within.fix);
    else if (through !== undefined && taken.length === 0)
      report(line, `${path} leads through ${through.path}, a symbolic link`, 'name the folder that the link leads to');
    else if (link !== undefined)
      report(
        line,
        `${link.path} is a symbolic link, and the engines copy what it leads to instead`,
        'name what it leads to; a link within a folder that is copied is copied as a link',
      );
    else if (taken.length === 0 && ![...missed.keys()].some(matches))
      report(line, `${path} isn't in ${project.folders.join(' or ')}`, ABSENT);
    else if (path === '.dockerignore' || path === '.containerignore')
      report(line, `the engines obey ${path} where it lies in the context`, 'copy it under another name');
  }
  return mistakes.sort((a, b) => a.line - b.line);
}

function isTakenBy({ path }: ContextPath, name: string): boolean {
  return path === '.' || anyOf([path])(name);
}

/** Whether a pattern names a file itself, and not a folder that it is in. */
function isExactly(pattern: string, name: string): boolean {
  return anyOf([pattern])(name) && pattern.split('/').length === name.split('/').length;
}

/** The folders that a path leads through: `a` and `a/b` of `a/b/c`. */
function prefixesOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, last) => parts.slice(0, last + 1).join('/'));
}

function folderNames({ folders }: Project, path: string): string[] {
  return folders.filter((folder) => path.startsWith(`${folder}/`)).map((folder) => path.slice(folder.length + 1));
}

/** The symbolic links of a definition, by the name that they have in its context. */
function linkNames(project: Project, { files }: WorkspaceFiles): { name: string; path: string }[] {
  return files
    .filter(({ kind }) => kind === 'link')
    .flatMap(({ path }) => folderNames(project, path).map((name) => ({ name, path })));
}

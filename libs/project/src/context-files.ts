import { posix } from 'node:path';
import { PLATFORMS } from '@dockyard/definition';
import { type ParsedDockerfile } from '@dockyard/dockerfile';
import { Minimatch, type MinimatchOptions } from 'minimatch';
import { packageLockPath } from './paths.ts';
import type { Project } from './project.ts';

const NEVER_IN_CONTEXT: readonly string[] = [
  'image.yaml',
  'Dockerfile',
  'compile.Dockerfile',
  '.dockerignore',
  'README.md',
  '**/*.test.ts',
  'fixtures',
  ...(['image', 'compile'] as const).flatMap((use) => PLATFORMS.map((platform) => packageLockPath(use, platform))),
];

/**
 * Lists the files beside a definition that describe the build rather than belong to it: a `COPY . /` doesn't take them, a
 * `COPY README.md /` does.
 *
 * @param project the image definition
 * @returns patterns relative to each folder of the definition
 */
export function neverInContext({ definition }: Project): readonly string[] {
  // Where one file is extended, those of other release lines lie beside it.
  return definition.extends === undefined ? NEVER_IN_CONTEXT : [...NEVER_IN_CONTEXT, '*.yaml'];
}

/** What a Dockerfile copies out of its context: paths from the context's root that may hold the wildcards of COPY, `.` for all. */
export function contextPaths(parsed: ParsedDockerfile): string[] {
  const paths = parsed.contextPaths.map(({ path }) => posix.normalize(path).replace(/^\/+|\/+$/g, ''));
  return [...new Set(paths.map((path) => (path === '' ? '.' : path)))];
}

/**
 * Picks the files that a build's context holds: exactly those which its Dockerfile copies. A file of the release line
 * stands before one of the same name that the lines share, and the folders of other definitions are nobody's context.
 *
 * @param project the image definition
 * @param parsed the Dockerfile whose context this is
 * @param files the files of the definition's folders, relative to the workspace root, as `listFiles` lists them
 * @returns paths relative to the workspace root by their name in the context, sorted by name
 */
export function contextFiles(
  project: Project,
  parsed: ParsedDockerfile,
  files: readonly string[],
): ReadonlyMap<string, string> {
  const isIgnored = anyOf(project.dockerignore?.patterns ?? []);
  const paths = contextPaths(parsed);
  const isNamed = anyOf(paths.filter((path) => path !== '.'));
  const isNever = anyOf(neverInContext(project));
  const all = paths.includes('.');
  const found = new Map<string, string>();
  for (const folder of project.folders) {
    const others = project.nested.map((other) => `${other}/`);
    for (const path of files) {
      if (!path.startsWith(`${folder}/`) || others.some((other) => path.startsWith(other))) continue;
      if (folder !== project.root && path.startsWith(`${project.root}/`)) continue;
      const name = posix.relative(folder, path);
      if (found.has(name) || isIgnored(name)) continue;
      if (isNamed(name) || (all && !isNever(name))) found.set(name, path);
    }
  }
  return new Map([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
}

// The wildcards of Go's filepath.Match and `**`, and nothing that only shells know.
const GO_MATCH: MinimatchOptions = { dot: true, nobrace: true, noext: true, nocomment: true, nonegate: true };

/**
 * Makes a test of names against patterns of COPY or .dockerignore: a folder that matches takes all in it along.
 *
 * @param patterns in the form of Go's `filepath.Match`, with `**`
 */
export function anyOf(patterns: readonly string[]): (name: string) => boolean {
  const matchers = patterns.flatMap((pattern) => [
    new Minimatch(pattern, GO_MATCH),
    new Minimatch(`${pattern}/**`, GO_MATCH),
  ]);
  return (name) => matchers.some((matcher) => matcher.match(name));
}

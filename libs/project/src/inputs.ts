import { posix } from 'node:path';
import { archSuffix, expandTemplate, fileOf, type SourceDefinition, type SourceSignature } from '@dockyard/definition';
import { type ParsedDockerfile } from '@dockyard/dockerfile';
import { anyOf, contextPaths, neverInContext } from './context-files.ts';
import { packageLockPath } from './paths.ts';
import type { Project } from './project.ts';

/** One of the two builds of a definition. */
export type BuildUse = 'compile' | 'image';

/**
 * The Dockerfile of one build.
 *
 * @param project the image definition.
 * @param use which of its two builds.
 * @returns its path relative to the workspace root and what was read from it.
 * @throws Error where the definition compiles nothing and `use` is compile: targets are inferred so that this can't be asked.
 */
export function dockerfileOf(project: Project, use: BuildUse): { path: string; parsed: ParsedDockerfile } {
  if (use === 'image') return { path: project.files.dockerfile, parsed: project.dockerfile };
  if (project.files.compileDockerfile === undefined || project.compileDockerfile === undefined) {
    throw new Error(`${project.project} has no compile.Dockerfile`);
  }
  return { path: project.files.compileDockerfile, parsed: project.compileDockerfile };
}

/**
 * Tells whether a Dockerfile reads one of our named contexts.
 *
 * @param parsed the Dockerfile.
 * @param context `sources` or `artifacts`.
 */
export function readsContext(parsed: ParsedDockerfile, context: 'sources' | 'artifacts'): boolean {
  return parsed.references.some((reference) => reference.kind === 'context' && reference.context === context);
}

/**
 * The upstream sources that a build of one platform reads.
 *
 * @param project the image definition.
 * @param use which build; one that doesn't name the context `sources` reads none.
 * @param platform OCI platform.
 * @returns the definition's sources of that platform, `{arch}` expanded in the URLs.
 */
export function sourcesOf(project: Project, use: BuildUse, platform: string): SourceDefinition[] {
  if (!readsContext(dockerfileOf(project, use).parsed, 'sources')) return [];
  const arch = archSuffix(platform);
  return project.definition.sources
    .filter((source) => source.platforms === undefined || source.platforms.includes(platform))
    .map((source) => ({ ...source, urls: source.urls.map((url) => expandTemplate(url, { arch })) }));
}

/**
 * The lock file of the Debian packages that a build installs.
 *
 * @param project the image definition.
 * @param use which build.
 * @param platform OCI platform.
 * @returns its path relative to the workspace root, or undefined where the definition declares no packages for it. It lies
 *   beside the file that declares them: what shares the declaration shares the lock.
 */
export function packageLockOf(project: Project, use: BuildUse, platform: string): string | undefined {
  const packages = project.definition.packages;
  if (packages?.[use] === undefined && !(use === 'image' && packages?.bootstrap === true)) return undefined;
  return posix.join(posix.dirname(fileOf(project.definition, 'packages')), packageLockPath(use, platform));
}

/**
 * The public key of a signature.
 *
 * @param project the image definition.
 * @param signature of one of its sources.
 * @returns its path relative to the workspace root: beside the file that declares the sources.
 */
export function signatureKeyOf(project: Project, signature: SourceSignature): string {
  return posix.join(posix.dirname(fileOf(project.definition, 'sources')), signature.key);
}

/** What a build reads of this repository. All paths are relative to the workspace root. */
export interface OwnInputs {
  /** Files that have to be there. */
  readonly files: readonly string[];
  /** Glob patterns of Nx of what the Dockerfile copies out of its context, those with a `!` last. They may match more, never less. */
  readonly context: readonly string[];
}

/**
 * The files of this repository that a build of one platform reads, its parents' outputs and image.yaml aside: of that
 * only what {@link buildProjection} takes counts. Nx hashes these, and the build's context holds no other.
 *
 * @param project the image definition.
 * @param use which build.
 * @param platform OCI platform.
 * @returns files, and patterns that may match nothing: a path that a Dockerfile copies is looked for in the folder of the
 *   release line and in the one that the lines share.
 */
export function ownInputs(project: Project, use: BuildUse, platform: string): OwnInputs {
  const files = requiredFiles(project, use, platform);
  return { files, context: contextPatterns(project, dockerfileOf(project, use).parsed, files) };
}

function requiredFiles(project: Project, use: BuildUse, platform: string): string[] {
  const { path, parsed } = dockerfileOf(project, use);
  const lock = packageLockOf(project, use, platform);
  const keys = sourcesOf(project, use, platform).flatMap((source) =>
    source.signature === undefined ? [] : [signatureKeyOf(project, source.signature)],
  );
  const dockerignore = parsed.contextPaths.length > 0 ? project.dockerignore?.path : undefined;
  return [path, lock, dockerignore, ...keys].filter((file) => file !== undefined);
}

function contextPatterns(project: Project, parsed: ParsedDockerfile, required: readonly string[]): string[] {
  const paths = contextPaths(parsed);
  if (paths.length === 0) return [];
  const taken = project.folders.flatMap((folder) =>
    paths.flatMap((path) =>
      path === '.' ? [`${folder}/**/*`] : [posix.join(folder, nxGlob(path)), posix.join(folder, nxGlob(path), '**/*')],
    ),
  );
  const excluded = [
    ...(project.dockerignore?.patterns ?? []),
    ...(paths.includes('.') ? neverCopied(project, paths) : []),
  ].filter((pattern) => {
    // One `!` pattern wins over all others, and a file that is needed for another reason must stay in.
    const isExcluded = anyOf([pattern]);
    const needed = required.some((file) =>
      project.folders.some((folder) => file.startsWith(`${folder}/`) && isExcluded(posix.relative(folder, file))),
    );
    return !needed && nxGlob(pattern) === pattern;
  });
  const left = [
    ...project.folders.flatMap((folder) =>
      excluded.flatMap((pattern) => [posix.join(folder, pattern), posix.join(folder, pattern, '**/*')]),
    ),
    ...project.nested.map((folder) => `${folder}/**/*`),
  ];
  return [...taken, ...left.map((pattern) => `!${pattern}`)];
}

/** What a `COPY .` leaves out. */
function neverCopied(project: Project, paths: readonly string[]): string[] {
  const isNamed = anyOf(paths.filter((path) => path !== '.'));
  return neverInContext(project).filter((pattern) => !isNamed(pattern));
}

/** Nx's globs know braces and groups, which are ordinary characters to COPY. */
function nxGlob(path: string): string {
  return path.replace(/[{}()!+@|\\]/g, '?');
}

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { findParent, requireProject } from '@dockyard/build';
import { findDefinitions, type Project } from '@dockyard/project';
import {
  type ContainerSettings,
  type DockerfileReference,
  inheritSettings,
  NO_SETTINGS,
  type ParsedDockerfile,
} from '@dockyard/dockerfile';

/** One project with what its README says beyond image.yaml. */
export interface ProjectFacts {
  readonly project: Project;
  /** What its containers run with, what the images below it set included. */
  readonly settings: ContainerSettings;
  /** The image of this repository or elsewhere that it stands on; absent where it starts from nothing. */
  readonly base?: DockerfileReference;
  /** The images that compiling takes place in, each once. */
  readonly compilers: readonly DockerfileReference[];
  /** Whether its compile keeps debug symbols. */
  readonly debugSymbols: boolean;
  /** Files of locked Debian packages, relative to the workspace root. */
  readonly packageLocks: readonly string[];
}

/** One image: all projects that publish it, and what is written by hand for its README. */
export interface ImageFacts {
  readonly image: string;
  /** Its folder, relative to the workspace root. */
  readonly folder: string;
  /** The one that has `latest` first, then by folder, the newest line first. */
  readonly projects: readonly [ProjectFacts, ...ProjectFacts[]];
  /** Markdown of usage.md in its folder. */
  readonly usage?: string;
}

/**
 * Reads everything that the generated pages say of the images of a workspace.
 *
 * @param workspace absolute path of the workspace root
 * @returns images by name
 * @throws {UserError} a definition has mistakes
 */
export function readImages(workspace: string): ImageFacts[] {
  const roots = findDefinitions(workspace).map((file) => posix.dirname(file));
  const projects = roots.map((root) => requireProject(workspace, root));
  const byFolder = Map.groupBy(projects, ({ root }) => root.split('/').slice(0, 2).join('/'));
  return [...byFolder]
    .map(([folder, group]) => {
      const usage = textOf(join(workspace, folder, 'usage.md'));
      const facts = group.sort(byImportance).map((project) => projectFacts(workspace, project));
      return {
        image: group[0]?.definition.image ?? '',
        folder,
        // A group has a member.
        projects: facts as [ProjectFacts, ...ProjectFacts[]],
        ...(usage !== undefined && { usage }),
      };
    })
    .sort((one, other) => (one.image < other.image ? -1 : 1));
}

function byImportance(one: Project, other: Project): number {
  const latest = ({ definition }: Project): number => (definition.tags.includes('latest') ? 0 : 1);
  return latest(one) - latest(other) || other.root.localeCompare(one.root, 'en', { numeric: true });
}

function projectFacts(workspace: string, project: Project): ProjectFacts {
  const { dockerfile, compileDockerfile, files, root } = project;
  const base = outerBase(dockerfile);
  const compile = files.compileDockerfile === undefined ? '' : (textOf(join(workspace, files.compileDockerfile)) ?? '');
  const locks = readdirSync(join(workspace, root), { recursive: true, encoding: 'utf8' })
    .filter((path) => /^packages\/[a-z]+\.[a-z0-9]+\.json$/.test(path))
    .sort();
  return {
    project,
    settings: settingsOf(workspace, dockerfile),
    ...(base !== undefined && { base }),
    compilers: (compileDockerfile?.stages ?? [])
      .map((stage) => stage.base)
      .filter(
        ({ kind, value }, at, all) =>
          (kind === 'workspace' || kind === 'external') && all.findIndex((other) => other.value === value) === at,
      ),
    debugSymbols: /^[^#]*\bsplit-debug\b/m.test(compile),
    packageLocks: locks.map((path) => posix.join(root, path)),
  };
}

/** What the last stage of a Dockerfile stands on in the end, its other stages passed through. */
function outerBase(dockerfile: ParsedDockerfile): DockerfileReference | undefined {
  let reference = dockerfile.stages.at(-1)?.base;
  while (reference?.stageIndex !== undefined) reference = dockerfile.stages[reference.stageIndex]?.base;
  return reference?.kind === 'workspace' || reference?.kind === 'external' ? reference : undefined;
}

function settingsOf(workspace: string, dockerfile: ParsedDockerfile, index = -1): ContainerSettings {
  const stage = dockerfile.stages.at(index);
  if (stage === undefined) return NO_SETTINGS;
  const { base, settings } = stage;
  if (base.stageIndex !== undefined)
    return inheritSettings(settingsOf(workspace, dockerfile, base.stageIndex), settings);
  // What an image from elsewhere sets is not known here.
  if (base.kind !== 'workspace') return settings;
  return inheritSettings(settingsOf(workspace, findParent(workspace, base).dockerfile), settings);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

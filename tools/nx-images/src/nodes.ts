import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  DEFAULT_NAMESPACE,
  filesOfWorkspace,
  keptReadings,
  missingInputs,
  type Project,
  readProject,
} from '@dockyard/project';
import { resolveWorkspace } from '@dockyard/definition';
import { type Diagnostic, formatDiagnostics } from '@dockyard/diagnostic';
import { platformSelector } from '@dockyard/runner';
import type { CreateNodesResult } from '@nx/devkit';
import { codeInputs } from './builder-inputs.ts';
import { projectionsOf } from './projections.ts';
import { SHARED_INPUTS, sharedFolders, sharedInputs } from './shared-folders.ts';
import { inferTargets } from './targets.ts';

/** Options of the plugin in nx.json. */
export interface PluginOptions {
  /** Namespace of workspace references in Dockerfiles; `dockyard` by default. */
  readonly namespace?: string;
}

/** What `inferProjects` finds. */
export interface InferredProjects {
  /** By the file that configures them, as Nx wants them. */
  readonly results: readonly (readonly [file: string, result: CreateNodesResult])[];
  /** What is wrong in the definitions that became no project. */
  readonly mistakes: readonly (readonly [file: string, message: string])[];
}

/**
 * Infers a project from every `image.yaml`, and one for what definitions share where that folder is no project by itself.
 *
 * @param files paths of the files that configure projects, relative to the root.
 * @param options of the plugin.
 * @param workspaceRoot absolute path of the workspace root.
 * @returns the projects that are right, and every mistake of every other definition.
 */
export function inferProjects(
  files: readonly string[],
  options: PluginOptions,
  workspaceRoot: string,
): InferredProjects {
  const definitions = files.filter((file) => basename(file) === 'image.yaml');
  const { projects, diagnostics } = readWorkspace(workspaceRoot, definitions, options.namespace);
  const shared = sharedFolders(projects);
  const code = codeInputs(workspaceRoot);
  const selected = platformSelector({ cwd: workspaceRoot });
  const isThere = (path: string): boolean => existsSync(join(workspaceRoot, path));
  const resolved = resolveWorkspace(
    projects,
    diagnostics.map(({ file }) => file),
  );
  const results = projects.map((project): readonly [string, CreateNodesResult] => {
    const parents = (kind: 'compile' | 'image' | 'test'): string[] => [
      ...new Set(resolved.parents(project.project, kind).map((parent) => parent.project)),
    ];
    const platforms = selected(project.definition);
    const projections = projectionsOf(project, platforms);
    const targets = inferTargets(project, {
      parents: { compile: parents('compile'), image: parents('image'), test: parents('test') },
      selected: platforms,
      projections,
      code,
      shared: sharedInputs(project, shared),
      lacks: (use, platform) => missingInputs(project, use, platform, isThere).length > 0,
    });
    const { root, definition } = project;
    return [
      definition.file,
      {
        projects: {
          [root]: {
            name: project.project,
            root,
            projectType: 'application',
            tags: ['image', `image:${definition.image}`],
            metadata: { description: definition.description, technologies: ['docker'] },
            targets,
            ...(shared.has(root) && { namedInputs: SHARED_INPUTS }),
          },
        },
        externalNodes: Object.fromEntries(Object.values(projections).map((node) => [node.name, node])),
      },
    ];
  });
  for (const { name, root, files, isDefinition } of shared.values()) {
    if (isDefinition) continue;
    const description = `What the definitions in ${root} share: ${files.map((file) => basename(file)).join(', ')}`;
    results.push([
      files[0] ?? root,
      { projects: { [root]: { name, root, namedInputs: SHARED_INPUTS, metadata: { description } } } },
    ]);
  }
  const broken = Map.groupBy([...diagnostics, ...resolved.diagnostics], ({ file }) => file);
  return { results, mistakes: [...broken].map(([file, list]) => [file, formatDiagnostics(list)] as const) };
}

/**
 * Reads all definitions of a workspace.
 *
 * @param workspace absolute path of the workspace root.
 * @param files paths of every `image.yaml`, relative to the root.
 * @param namespace namespace of workspace references.
 * @returns the definitions that can be read, and what is wrong in the others.
 */
export function readWorkspace(
  workspace: string,
  files: readonly string[],
  namespace = DEFAULT_NAMESPACE,
): { projects: Project[]; diagnostics: Diagnostic[] } {
  const projects: Project[] = [];
  const diagnostics: Diagnostic[] = [];
  // Beside what Nx itself keeps of a graph, and gone with it on `nx reset`.
  const readings = keptReadings(join(workspace, '.nx', 'workspace-data', 'dockyard-readings.json'), workspace);
  const texts = filesOfWorkspace(workspace, files);
  for (const file of files) {
    const result = readProject(workspace, file, namespace, readings, texts);
    if (result.ok) projects.push(result.value);
    else diagnostics.push(...result.diagnostics);
  }
  readings.save();
  // A mistake in a file that several extend is found once for each of them.
  return { projects, diagnostics: distinct(diagnostics) };
}

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return [...new Map(diagnostics.map((one) => [JSON.stringify(one), one])).values()];
}

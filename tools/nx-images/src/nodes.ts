import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_NAMESPACE, type Project, readProject } from '@dockyard/build';
import { type Diagnostic, formatDiagnostics, resolveWorkspace } from '@dockyard/definition';
import { selectedPlatforms } from '@dockyard/runner';
import { AggregateCreateNodesError, type CreateNodes, type CreateNodesResult } from '@nx/devkit';
import { inferTargets } from './targets.ts';

/** Options of the plugin in nx.json. */
export interface PluginOptions {
  /** Namespace of workspace references in Dockerfiles; `dockyard` by default. */
  readonly namespace?: string;
}

/** Infers a project from every `image.yaml`, and reports every mistake of every definition at once. */
export const createNodes: CreateNodes<PluginOptions> = [
  'images/**/image.yaml',
  (files, options, context) => {
    const { projects, diagnostics } = readWorkspace(context.workspaceRoot, files, options?.namespace);
    const resolved = resolveWorkspace(projects);
    const broken = groupByFile([...diagnostics, ...resolved.diagnostics]);
    const results = projects.map((project): readonly [string, CreateNodesResult] => {
      const parents = (kind: 'compile' | 'image'): string[] => [
        ...new Set(resolved.parents(project.project, kind).map((parent) => parent.project)),
      ];
      const targets = inferTargets(
        project,
        { compile: parents('compile'), image: parents('image') },
        selectedPlatforms(project.definition.platforms, {
          cwd: context.workspaceRoot,
          emulate: project.definition.emulate,
        }),
        hasTests(context.workspaceRoot, project),
      );
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
            },
          },
        },
      ];
    });
    if (broken.size > 0) {
      throw new AggregateCreateNodesError(
        [...broken].map(([file, list]) => [file, new Error(`\n${formatDiagnostics(list)}`)]),
        results.filter(([file]) => !broken.has(file)),
      );
    }
    return results;
  },
];

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
  for (const file of files) {
    const result = readProject(workspace, file, namespace);
    if (!result.ok) diagnostics.push(...result.diagnostics);
    else projects.push(result.value);
  }
  return { projects, diagnostics };
}

function hasTests(workspace: string, project: Project): boolean {
  return project.folders.some((folder) =>
    readdirSync(join(workspace, folder)).some((name) => name.endsWith('.test.ts')),
  );
}

function groupByFile(diagnostics: readonly Diagnostic[]): Map<string, Diagnostic[]> {
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    groups.set(diagnostic.file, [...(groups.get(diagnostic.file) ?? []), diagnostic]);
  }
  return groups;
}

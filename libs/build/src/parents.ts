import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ImageReference, planTags } from '@dockyard/definition';
import { formatDiagnostics } from '@dockyard/diagnostic';
import { UserError } from '@dockyard/exec';
import type { ImageRecord } from '@dockyard/oci';
import { outputPaths, type OutputKind, type Project, readProject } from '@dockyard/project';
import { readImageRecord } from './records.ts';

/** An output that is there, with where it lies. */
export interface BuiltOutput {
  readonly record: ImageRecord;
  /** The thin layout, relative to the workspace root. */
  readonly layout: string;
}

/**
 * Reads a definition that a build needs.
 *
 * @param workspace absolute path of the workspace root.
 * @param root folder of the definition, relative to the workspace root.
 * @throws UserError with every mistake of its files.
 */
export function requireProject(workspace: string, root: string): Project {
  const result = readProject(workspace, `${root}/image.yaml`);
  if (!result.ok)
    throw new UserError(`The definition in ${root} has mistakes:\n${formatDiagnostics(result.diagnostics)}`);
  return result.value;
}

/**
 * Finds the definition that publishes what a workspace reference names.
 *
 * @param workspace absolute path of the workspace root.
 * @param reference a reference of kind workspace, or of another image that tests start.
 * @throws UserError where no definition of that image has the tag.
 */
export function findParent(workspace: string, reference: Pick<ImageReference, 'image' | 'tag' | 'value'>): Project {
  const folder = `images/${reference.image ?? ''}`;
  const lines = existsSync(join(workspace, folder))
    ? readdirSync(join(workspace, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${folder}/${entry.name}`)
    : [];
  for (const root of [folder, ...lines]) {
    if (!existsSync(join(workspace, root, 'image.yaml'))) continue;
    const project = requireProject(workspace, root);
    if (planTags(project.definition).includes(reference.tag ?? '')) return project;
  }
  throw new UserError(`No definition in ${folder} publishes ${reference.value}.`, {
    hint: 'Name a tag that one of them lists, or add the tag there.',
  });
}

/**
 * Reads an output that an earlier task left.
 *
 * @param workspace absolute path of the workspace root.
 * @param project Nx project name.
 * @param platform OCI platform.
 * @param kind artifacts or image.
 * @throws UserError naming the task to run where it isn't there, or what to do where it is damaged.
 */
export async function requireOutput(
  workspace: string,
  project: string,
  platform: string,
  kind: OutputKind,
): Promise<BuiltOutput> {
  const paths = outputPaths(project, platform, kind);
  const record = await readImageRecord(workspace, paths.record);
  if (record !== undefined) return { record, layout: paths.layout };
  const target = kind === 'image' ? 'image' : 'compile';
  const suffix = paths.record.split('/').at(-2) ?? '';
  throw new UserError(`${paths.record} isn't there: ${project} has not been built for ${platform}.`, {
    hint: `Run: npx nx run ${project}:${target}:${suffix}`,
  });
}

/**
 * Lists the layouts that may hold the blobs which a thin layout leaves out.
 *
 * @param workspace absolute path of the workspace root.
 * @param record the record of the thin layout.
 * @returns absolute paths: its parents, their parents and so on, nearest first.
 * @throws UserError where the record of one is damaged.
 */
export async function ancestorLayouts(workspace: string, record: ImageRecord): Promise<string[]> {
  const found = new Set<string>();
  const visit = async (child: ImageRecord): Promise<void> => {
    for (const { layout } of child.parents) {
      const path = join(workspace, layout);
      if (found.has(path)) continue;
      found.add(path);
      const own = await readImageRecord(workspace, `${layout}.json`);
      if (own !== undefined) await visit(own);
    }
  };
  await visit(record);
  return [...found];
}

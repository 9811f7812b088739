import { join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { materialize } from '@dockyard/oci';
import type { IndexRecord } from './join.ts';
import { ancestorLayouts, requireOutput } from './parents.ts';
import { healingOutputs } from './damaged.ts';
import { readJoinedRecord } from './records.ts';
import { indexPath } from '@dockyard/project';

/**
 * Writes the full layout of one platform's image, which any tool can read.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param o.project Nx project name.
 * @param o.platform OCI platform.
 * @param o.output folder to make; its files are its own.
 */
export async function exportImage(o: {
  workspace: string;
  project: string;
  platform: string;
  output: string;
}): Promise<void> {
  const { record, layout } = await requireOutput(o.workspace, o.project, o.platform, 'image');
  const parents = await ancestorLayouts(o.workspace, record);
  await healingOutputs(o.workspace, () =>
    materialize({ layout: join(o.workspace, layout), parents, output: o.output, own: true }),
  );
}

/**
 * Writes the full layout of an image index with all its platforms.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param o.project Nx project name.
 * @param o.output folder to make.
 * @returns the record of the index.
 * @throws UserError where the index has not been built, or something of it is damaged, which is removed then.
 */
export async function exportLayout(o: { workspace: string; project: string; output: string }): Promise<IndexRecord> {
  const record = await readIndexRecord(o.workspace, o.project);
  const parents: string[] = [];
  for (const { platform } of record.platforms) {
    const image = await requireOutput(o.workspace, o.project, platform, 'image');
    parents.push(join(o.workspace, image.layout), ...(await ancestorLayouts(o.workspace, image.record)));
  }
  await healingOutputs(o.workspace, () =>
    materialize({ layout: join(o.workspace, indexPath(o.project)), parents, output: o.output, own: true }),
  );
  return record;
}

/**
 * Reads what a project's index holds.
 *
 * @param workspace absolute path of the workspace root.
 * @param project Nx project name.
 * @throws UserError where it has not been built, or its record is damaged.
 */
export async function readIndexRecord(workspace: string, project: string): Promise<IndexRecord> {
  const path = `${indexPath(project)}.json`;
  const record = await readJoinedRecord(workspace, path);
  if (record !== undefined) return record;
  throw new UserError(`${path} isn't there: ${project} has not been built.`, { hint: `Run: npx nx image ${project}` });
}

import { readImageRecord } from '@dockyard/build';
import { outputPaths } from '@dockyard/project';

/** Bytes by project and OCI platform. */
export type Sizes = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Reads the sizes of built images: the configuration and all layers, compressed.
 *
 * @param workspace absolute path of the workspace root
 * @param images projects with their OCI platforms
 * @returns those that are there
 * @throws {UserError} a record is damaged, which is removed then
 */
export async function builtSizes(
  workspace: string,
  images: readonly { readonly project: string; readonly platforms: readonly string[] }[],
): Promise<Sizes> {
  const sizes: Record<string, Record<string, number>> = {};
  for (const { project, platforms } of images) {
    for (const platform of platforms) {
      const path = outputPaths(project, platform, 'image').record;
      const record = await readImageRecord(workspace, path);
      if (record === undefined) continue;
      sizes[project] = { ...sizes[project], [platform]: record.size };
    }
  }
  return sizes;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputPaths } from '@dockyard/project';
import { UserError } from '@dockyard/exec';
import { z } from 'zod';

/** Bytes by project and OCI platform. */
export type Sizes = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * Reads the sizes of built images: the configuration and all layers, compressed.
 *
 * @param workspace absolute path of the workspace root
 * @param images projects with their OCI platforms
 * @returns those that are there
 * @throws {UserError} a record is none
 */
export async function builtSizes(
  workspace: string,
  images: readonly { readonly project: string; readonly platforms: readonly string[] }[],
): Promise<Sizes> {
  const record = z.object({ size: z.number().int().nonnegative() });
  const sizes: Record<string, Record<string, number>> = {};
  for (const { project, platforms } of images) {
    for (const platform of platforms) {
      const path = outputPaths(project, platform, 'image').record;
      const text = await readFile(join(workspace, path), 'utf8').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      });
      if (text === undefined) continue;
      const parsed = record.safeParse(JSON.parse(text));
      if (!parsed.success) throw new UserError(`${path} has no size: ${z.prettifyError(parsed.error)}`);
      sizes[project] = { ...sizes[project], [platform]: parsed.data.size };
    }
  }
  return sizes;
}

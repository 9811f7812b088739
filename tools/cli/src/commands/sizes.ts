import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readImageRecord, sizeExcess } from '@dockyard/build';
import { outputPaths } from '@dockyard/project';
import { formatSize, writeSizes } from '@dockyard/definition';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { WORKSPACE } from '../root.ts';
import { renderTable } from '../text.ts';
import { imageProjects, pickProjects, projectOf } from '../workspace.ts';

/**
 * Compares the images that were built here with the sizes that their definitions declare.
 *
 * @param names projects; all that were built when empty
 * @param accept write the sizes of now into the definitions
 * @returns exit code; 1 where an image has outgrown its size and that isn't accepted
 * @throws {UserError} a named project was not built
 */
export async function sizes(names: readonly string[], accept: boolean): Promise<number> {
  const known = imageProjects(WORKSPACE);
  const rows: string[][] = [];
  const excesses: string[] = [];
  for (const name of names.length === 0 ? known.keys() : pickProjects(names, known)) {
    const { project, definition } = projectOf(name);
    const measured: Record<string, number> = {};
    for (const platform of definition.platforms) {
      const size = await builtSize(project, platform);
      if (size === undefined) continue;
      measured[platform] = size;
      const declared = definition.sizes[platform];
      const change = declared === undefined ? '' : `${(((size - declared) / declared) * 100).toFixed(1)} %`;
      rows.push([project, platform, declared === undefined ? '–' : formatSize(declared), formatSize(size), change]);
      const excess = sizeExcess(project, definition, platform, size);
      if (excess !== undefined) excesses.push(excess);
    }
    if (names.length > 0 && Object.keys(measured).length === 0)
      throw new UserError(`${project} is not built here.`, { hint: `Run: npx nx image ${project}` });
    if (accept && Object.keys(measured).length > 0) {
      const path = join(WORKSPACE, definition.file);
      await writeFileAtomic(path, writeSizes(await readFile(path, 'utf8'), measured));
    }
  }
  console.log(renderTable(['project', 'platform', 'declared', 'built', 'change'], rows));
  if (accept) {
    console.log('The sizes are written into the definitions. Their READMEs show them: npm run docs');
    return 0;
  }
  for (const excess of excesses) console.error(excess);
  return excesses.length === 0 ? 0 : 1;
}

async function builtSize(project: string, platform: string): Promise<number | undefined> {
  return (await readImageRecord(WORKSPACE, outputPaths(project, platform, 'image').record))?.size;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definitionJsonSchema, sharedJsonSchema } from '@dockyard/definition';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { format } from '../format.ts';
import { WORKSPACE } from '../root.ts';

const SCHEMAS = { 'image.schema.json': definitionJsonSchema, 'image.shared.schema.json': sharedJsonSchema };

/**
 * Writes the JSON Schemas of image.yaml and of what such files extend, or compares them with the files.
 *
 * @param check change nothing
 * @returns exit code
 * @throws {UserError} `check`, and a file would change
 */
export async function schema(check: boolean): Promise<number> {
  const stale: string[] = [];
  for (const [file, make] of Object.entries(SCHEMAS)) {
    const path = join(WORKSPACE, file);
    const text = await format(path, JSON.stringify(make(), undefined, 2));
    const present = await readFile(path, 'utf8').catch(() => undefined);
    if (present === text) console.log(`${file} is up to date`);
    else if (check) stale.push(file);
    else {
      await writeFileAtomic(path, text);
      console.log(`${file} written`);
    }
  }
  if (stale.length > 0)
    throw new UserError(`${stale.join(' and ')}: not what libs/definition says.`, { hint: 'Run: npm run schema' });
  return 0;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definitionJsonSchema } from '@dockyard/definition';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { format } from '../format.ts';
import { WORKSPACE } from '../root.ts';

const FILE = 'image.schema.json';

/**
 * Writes the JSON Schema of image.yaml, or compares it with the file.
 *
 * @param check change nothing
 * @returns exit code
 * @throws {UserError} `check`, and the file would change
 */
export async function schema(check: boolean): Promise<number> {
  const path = join(WORKSPACE, FILE);
  const text = await format(path, JSON.stringify(definitionJsonSchema(), undefined, 2));
  const present = await readFile(path, 'utf8').catch(() => undefined);
  if (present === text) console.log(`${FILE} is up to date`);
  else if (check) throw new UserError(`${FILE} is not what libs/definition says.`, { hint: 'Run: npm run schema' });
  else {
    await writeFileAtomic(path, text);
    console.log(`${FILE} written`);
  }
  return 0;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatePages } from '@dockyard/docs';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { WORKSPACE } from '../root.ts';

/**
 * Writes the pages that follow from the definitions, or compares them with the files.
 *
 * @param check change nothing
 * @returns exit code
 * @throws {UserError} `check`, and a page would change; or the definitions have mistakes
 */
export async function docs(check: boolean): Promise<number> {
  const pages = await generatePages(WORKSPACE);
  const stale: string[] = [];
  for (const { path, text } of pages) {
    const file = join(WORKSPACE, path);
    if ((await readFile(file, 'utf8').catch(() => undefined)) === text) continue;
    stale.push(path);
    if (!check) await writeFileAtomic(file, text);
  }
  if (stale.length === 0) console.log(`${String(pages.length)} pages are up to date`);
  else if (check)
    throw new UserError(`These pages aren't what the definitions say: ${stale.join(', ')}`, {
      hint: 'Run: npm run docs',
    });
  else for (const path of stale) console.log(`${path} written`);
  return 0;
}

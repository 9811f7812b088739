import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles } from '@dockyard/checkout';
import { type Project } from '@dockyard/project';
import { exec } from '@dockyard/exec';
import { type Finding, runRules, unknownRules } from './findings.ts';
import type { DefinitionContents } from './rule.ts';
import { RULES } from './rules.ts';

/** Of larger files nobody wrote the text by hand. */
const LARGEST_TEXT = 1024 * 1024;

/**
 * Looks at a definition, before anything is built of it.
 *
 * @param workspace absolute path of the workspace root
 * @param project the image definition
 * @returns what is wrong
 */
export async function lintDefinition(workspace: string, project: Project): Promise<Finding[]> {
  const contents = await readContents(workspace, project);
  return [
    ...unknownRules(RULES, project.definition),
    ...runRules(RULES, project.definition, (rule) => rule.definition?.(contents)),
  ];
}

async function readContents(workspace: string, project: Project): Promise<DefinitionContents> {
  const { files } = await listFiles(exec, workspace, project.folders);
  const paths = files
    .map(({ path }) => path)
    .filter((path) => !project.nested.some((folder) => path.startsWith(`${folder}/`)));
  const texts = new Map<string, string>();
  for (const path of paths) {
    if (/\.test\.ts$|\/fixtures\/|\/packages\/[^/]*\.json$/.test(path)) continue;
    const bytes = await readFile(join(workspace, path)).catch(() => undefined);
    if (bytes === undefined || bytes.length > LARGEST_TEXT || bytes.includes(0)) continue;
    texts.set(path, bytes.toString('utf8'));
  }
  return { project, texts, tests: paths.filter((path) => path.endsWith('.test.ts')) };
}

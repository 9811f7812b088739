import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contextMistakes } from '@dockyard/build';
import { listFiles, type WorkspaceFiles } from '@dockyard/checkout';
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
  const listing = await listFiles(exec, workspace, project.folders);
  const contents = await readContents(workspace, project, listing);
  return [
    ...contextFindings(project, listing),
    ...unknownRules(RULES, project.definition),
    ...runRules(RULES, project.definition, (rule) => rule.definition?.(contents)),
  ];
}

/** What a build would refuse: also of a change that makes no task run, such as a file that is tracked and not hashed. */
function contextFindings(project: Project, listing: WorkspaceFiles): Finding[] {
  return [project.dockerfile, project.compileDockerfile].flatMap((parsed) =>
    parsed === undefined
      ? []
      : contextMistakes(project, parsed, listing).map((mistake): Finding => ({
          severity: 'error',
          column: 1,
          ...mistake,
        })),
  );
}

async function readContents(
  workspace: string,
  project: Project,
  { files }: WorkspaceFiles,
): Promise<DefinitionContents> {
  // What a link leads to is not its text.
  const paths = files
    .filter(({ path, kind }) => kind !== 'link' && !project.nested.some((folder) => path.startsWith(`${folder}/`)))
    .map(({ path }) => path);
  const texts = new Map<string, string>();
  const tests = new Map<string, string>();
  for (const path of paths) {
    if (/\/fixtures\/|\/packages\/[^/]*\.json$/.test(path)) continue;
    const bytes = await readFile(join(workspace, path)).catch(() => undefined);
    if (bytes === undefined || bytes.length > LARGEST_TEXT || bytes.includes(0)) continue;
    (path.endsWith('.test.ts') ? tests : texts).set(path, bytes.toString('utf8'));
  }
  return { project, texts, tests };
}

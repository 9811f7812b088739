import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFile, type Project } from '@dockyard/project';
import { planTags } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { parseRepository, pushDescription } from '@dockyard/registry';

/**
 * Has the registry's web page show an image's description and README, where the registry has an API for it. Of several release lines the one
 * that is `latest` speaks for the image. Nothing here fails a publishing: what doesn't work is said.
 *
 * @param project the image definition
 * @param repository `host/name` of the image
 * @param o.workspace absolute path of the workspace root
 * @param o.onLine takes a line about what was changed or failed
 */
export async function describeRepository(
  project: Project,
  repository: string,
  o: { workspace: string; onLine: (line: string) => void; signal?: AbortSignal },
): Promise<void> {
  const { definition, folders } = project;
  if (folders.length > 1 && !planTags(definition).includes('latest')) return;
  const path = findFile(o.workspace, folders, 'README.md');
  try {
    const readme = path === undefined ? undefined : await readFile(join(o.workspace, path), 'utf8');
    const outcome = await pushDescription(
      parseRepository(repository),
      { short: definition.description, ...(readme !== undefined && { readme }) },
      o.signal === undefined ? {} : { signal: o.signal },
    );
    if (outcome.changed) o.onLine(`${repository}: its description is updated`);
    if (outcome.cut) o.onLine(`${repository}: the registry takes no README as long as ${path ?? ''}; it is cut`);
  } catch (error) {
    o.signal?.throwIfAborted();
    o.onLine(
      `${repository}: its description stays as it is: ${error instanceof Error ? error.message : String(error)}`,
    );
    if (error instanceof UserError && error.hint !== undefined) o.onLine(`→ ${error.hint}`);
  }
}

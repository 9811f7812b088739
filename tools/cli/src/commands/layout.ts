import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { exportLayout } from '@dockyard/build';
import { UserError } from '@dockyard/exec';
import { loadedName } from '@dockyard/project';
import { layoutCommands } from '../layout-commands.ts';
import { formatBytes, renderTable, shortDigest } from '../text.ts';
import { WORKSPACE } from '../root.ts';
import { imageProjects, pickSingleProjects, projectOf } from '../workspace.ts';

/**
 * Writes a built image with all its platforms as one full OCI layout.
 *
 * @param name project
 * @param folder where; an existing one is refused unless it is our default
 * @returns exit code
 * @throws {UserError} unknown project, not built, or the folder exists
 */
export async function layout(name: string, folder: string | undefined): Promise<number> {
  const [project = name] = pickSingleProjects([name], imageProjects(WORKSPACE), 'npx dockyard layout');
  const output = folder === undefined ? join(WORKSPACE, 'dist', 'layouts', project) : resolve(folder);
  if (folder === undefined) await rm(output, { recursive: true, force: true });
  else if (existsSync(output)) {
    throw new UserError(`${output} exists already.`, {
      hint: 'Name a folder that does not exist, or remove this one.',
    });
  }
  await mkdir(dirname(output), { recursive: true });
  const record = await exportLayout({ workspace: WORKSPACE, project, output });
  console.log(
    renderTable(
      ['platform', 'digest', 'size'],
      record.platforms.map(({ platform, digest, size }) => [platform, shortDigest(digest), formatBytes(size)]),
    ),
  );
  if (record.missing.length > 0) console.log(`Declared but not built: ${record.missing.join(', ')}`);
  const { definition } = projectOf(project);
  const path = relative(process.cwd(), output) || '.';
  const [repository, tag] = [loadedName(definition.image), record.tags[0] ?? definition.version];
  console.log(`\nindex ${record.digest}\nin    ${path}\nname  ${repository}:${tag}\n`);
  console.log(renderTable(['', 'takes it with'], layoutCommands({ folder: path, repository, tag })));
  return 0;
}

import { cp, mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exec, git } from '@dockyard/exec';
import { RUNNERS_FILE } from '@dockyard/runner';
import { listFiles } from '@dockyard/checkout';
import { OUTPUTS } from '@dockyard/project';

/**
 * Makes a second workspace that a project can be built in as if nothing of it had ever been: copies of the definitions,
 * no output of its own, the outputs of all other projects.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param o.project Nx project name.
 * @param o.output absolute path of the second workspace; what is there is removed.
 */
export async function makeSecondWorkspace(o: { workspace: string; project: string; output: string }): Promise<void> {
  const { workspace, project, output } = o;
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  const { files } = await listFiles(exec, workspace, ['images']);
  for (const path of [...files.map((file) => file.path), 'package.json']) {
    await mkdir(dirname(join(output, path)), { recursive: true });
    await cp(join(workspace, path), join(output, path), { verbatimSymlinks: true });
  }
  // Without a repository of its own it would be a folder of ours that .gitignore names: a context holds nothing of such.
  await git(exec, output, ['init', '--quiet']);
  await mkdir(join(output, OUTPUTS), { recursive: true });
  for (const other of await readdir(join(workspace, OUTPUTS))) {
    if (other !== project) await symlink(join(workspace, OUTPUTS, other), join(output, OUTPUTS, other));
  }
  // It may be absent: a link that leads nowhere says so as well.
  await mkdir(join(output, dirname(RUNNERS_FILE)));
  await symlink(join(workspace, RUNNERS_FILE), join(output, RUNNERS_FILE));
}

import { lstatSync, readdirSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import type { Exec } from '@dockyard/exec';

/**
 * Lists the files of folders as Nx sees them: what git tracks or would track. What .gitignore names isn't hashed, so no
 * build may see it either.
 *
 * @param exec runs git
 * @param workspace absolute path of the workspace root
 * @param folders paths relative to the root
 * @returns paths of files and symbolic links relative to the root, sorted. Outside of a git checkout: every file.
 */
export async function listFiles(exec: Exec, workspace: string, folders: readonly string[]): Promise<string[]> {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...folders];
  const listed = await exec({ command: 'git', args, cwd: workspace }, { reject: false });
  const paths =
    listed.exitCode === 0
      ? listed.stdout.split('\0').filter((path) => path !== '' && existsAsFile(join(workspace, path)))
      : folders.flatMap((folder) => walk(workspace, folder));
  return [...new Set(paths)].sort();
}

/** git also lists tracked files that are gone, and submodules, which are folders. */
function existsAsFile(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isDirectory();
}

function walk(workspace: string, folder: string): string[] {
  return readdirSync(join(workspace, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => posix.relative(toPosix(workspace), toPosix(join(entry.parentPath, entry.name))));
}

function toPosix(path: string): string {
  return path.split(sep).join('/');
}

import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Exec } from '@dockyard/exec';
import { listFiles, type WorkspaceFile } from './workspace-files.ts';

/** Where the modes of a workspace's files are written down, relative to its root: each note at the path of its file. */
export const MODES_FOLDER = '.dockyard/modes';

/**
 * Writes down which files below `images/` are executable, where symbolic links point to, and what no build sees. An image
 * holds the former, a build of it refuses the latter, and Nx hashes neither: the notes are files, which it can hash. Notes
 * that are right already are left as they are.
 *
 * @param exec runs git.
 * @param workspace absolute path of the workspace root.
 * @throws {UserError} git refuses the checkout, or isn't installed.
 */
export async function recordModes(exec: Exec, workspace: string): Promise<void> {
  const folder = join(workspace, MODES_FOLDER);
  mkdirSync(folder, { recursive: true });
  const missing = new Map<string, string>();
  const { files, leftOut } = await listFiles(exec, workspace, ['images']);
  for (const file of files) {
    const note = noteOf(workspace, file);
    if (note !== undefined) missing.set(join(folder, file.path), note);
  }
  for (const { path, why } of leftOut) missing.set(join(folder, placeOf(path)), `left out: ${why}\n`);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    if (missing.get(file) === readFileSync(file, 'utf8')) missing.delete(file);
    else rmSync(file, { force: true });
  }
  for (const [file, note] of missing) {
    // What was a folder may be a file now.
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) rmSync(file, { recursive: true });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, note);
  }
}

function noteOf(workspace: string, { path, kind }: WorkspaceFile): string | undefined {
  if (kind === 'link') return `link to ${readlinkSync(join(workspace, path))}\n`;
  return kind === 'executable' ? 'executable\n' : undefined;
}

/** In some folders Nx would not hash a note either: it lies beside such a folder then. */
function placeOf(path: string): string {
  return path.replace(/(^|\/)(node_modules|\.nx|\.yarn)(\/.*)?$/, '$1$2.left-out');
}

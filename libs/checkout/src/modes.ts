import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { Exec } from '@dockyard/exec';
import { listFiles } from './workspace-files.ts';

/** Where the modes of a workspace's files are written down, relative to its root: each note at the path of its file. */
export const MODES_FOLDER = '.dockyard/modes';

/**
 * Writes down which files below `images/` are executable and where symbolic links point to. An image holds both, and Nx
 * hashes neither: the notes are files, which it can hash. Notes that are right already are left as they are.
 *
 * @param exec runs git.
 * @param workspace absolute path of the workspace root.
 */
export async function recordModes(exec: Exec, workspace: string): Promise<void> {
  const folder = join(workspace, MODES_FOLDER);
  mkdirSync(folder, { recursive: true });
  const missing = new Map<string, string>();
  for (const path of await listFiles(exec, workspace, ['images'])) {
    const note = noteOf(join(workspace, path));
    if (note !== undefined) missing.set(join(folder, path), note);
  }
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

function noteOf(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink() === true) return `link to ${readlinkSync(path)}\n`;
  return stats !== undefined && isExecutable(stats.mode) ? 'executable\n' : undefined;
}

/** Whether git keeps a file of this mode as 0755. */
export function isExecutable(mode: number): boolean {
  return (mode & 0o100) !== 0;
}

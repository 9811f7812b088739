import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Exec } from '@dockyard/exec';
import { findRepositories, findUnhashed, type LeftOut, list, unhashedFolder } from './left-out.ts';
import { type Git, withGit } from './repository.ts';

/** A file or a symbolic link of a workspace. */
export interface WorkspaceFile {
  /** Relative to the workspace root. */
  readonly path: string;
  /** What git keeps of its mode. */
  readonly kind: 'file' | 'executable' | 'link';
}

/** What folders of a workspace hold. */
export interface WorkspaceFiles {
  /** What Nx hashes and builds see, sorted by path. */
  readonly files: readonly WorkspaceFile[];
  /** What is there and in neither list, although git has it or would take it. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Lists the files of folders as Nx sees them: what git tracks or would track and no rule names. What .gitignore names isn't
 * hashed, so no build may see it either; a workspace in no repository is read by the same rules.
 *
 * @param exec runs git
 * @param workspace absolute path of the workspace root
 * @param folders paths relative to the root
 * @returns its files, and what was left out that a person would expect among them
 * @throws {UserError} git refuses the checkout, or isn't installed
 */
export function listFiles(exec: Exec, workspace: string, folders: readonly string[]): Promise<WorkspaceFiles> {
  return withGit(exec, workspace, async (git) => {
    const [all, forced, recorded] = await Promise.all([
      list(git, ['--cached', '--others', '--exclude-standard'], folders),
      list(git, ['--cached', '--ignored', '--exclude-standard'], folders),
      recordedModes(git, folders),
    ]);
    const listed = [...new Set(all)].sort();
    const leftOut = new Map<string, LeftOut>();
    const files: WorkspaceFile[] = [];
    const inner: string[] = [];
    for (const path of listed) {
      const mode = lstatSync(join(workspace, path), { throwIfNoEntry: false })?.mode;
      const kind = mode === undefined ? undefined : kindOf(mode, path, recorded);
      if (kind === 'folder') inner.push(path);
      else if (kind === 'text of a link') leftOut.set(path, LINK_AS_TEXT(path));
      else if (kind !== undefined) files.push({ path, kind });
      // Where the name is no UTF-8 it is not the file's any more. Others that aren't there were deleted.
      else if (mode === undefined && path.includes('\uFFFD')) leftOut.set(path, NOT_UTF8(path));
    }
    for (const one of findRepositories(workspace, inner)) leftOut.set(one.path, one);
    for (const one of await findUnhashed(git, workspace, folders, { listed, forced })) leftOut.set(one.path, one);
    return {
      files: files.filter(({ path }) => !leftOut.has(path) && unhashedFolder(path) === undefined),
      leftOut: [...leftOut.values()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    };
  });
}

const TYPE = 0o170000;
const [DIRECTORY, LINK, REGULAR] = [0o040000, 0o120000, 0o100000];

function kindOf(
  mode: number,
  path: string,
  recorded: ReadonlyMap<string, number> | undefined,
): WorkspaceFile['kind'] | 'folder' | 'text of a link' {
  const type = mode & TYPE;
  if (type === DIRECTORY) return 'folder';
  if (type === LINK) return 'link';
  if (recorded === undefined) return type === REGULAR && (mode & 0o100) !== 0 ? 'executable' : 'file';
  const known = recorded.get(path) ?? 0;
  if ((known & TYPE) === LINK) return 'text of a link';
  return (known & 0o100) !== 0 ? 'executable' : 'file';
}

/**
 * Where a file system keeps no modes or links, git goes by those that it recorded and not by those that it finds.
 *
 * @returns modes by path; undefined where the file system is to be believed
 */
async function recordedModes(git: Git, folders: readonly string[]): Promise<ReadonlyMap<string, number> | undefined> {
  const { stdout } = await git(['config', '--type=bool', '--get-regexp', '^core\\.(filemode|symlinks)$'], {
    answers: [0, 1],
  });
  if (!/ false$/m.test(stdout)) return undefined;
  const staged = await list(git, ['--stage'], folders);
  return new Map(
    staged.map((entry): [string, number] => [entry.slice(entry.indexOf('\t') + 1), Number.parseInt(entry, 8)]),
  );
}

const LINK_AS_TEXT = (path: string): LeftOut => ({
  path,
  why: 'is a symbolic link to git and a text file here (core.symlinks is false)',
  fix: 'check the repository out on a file system that has symbolic links',
});

const NOT_UTF8 = (path: string): LeftOut => ({
  path,
  why: 'has a name that is not UTF-8, and Nx does not hash it',
  fix: 'give it a name in UTF-8',
});

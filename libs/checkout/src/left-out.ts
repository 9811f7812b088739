import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Git } from './repository.ts';

/** Something that is there, would be committed, and that no build sees. */
export interface LeftOut {
  /** Relative to the workspace root. */
  readonly path: string;
  /** Why, as the end of a sentence that begins with the path. */
  readonly why: string;
  /** What to do about it. */
  readonly fix: string;
}

/** Nx hashes nothing below these, whatever git makes of them. */
const UNHASHED = /^(?:.*?\/)?(?:node_modules|\.nx\/cache|\.nx\/workspace-data|\.yarn\/cache)(?=\/)/;

/** The folder that a path lies below and that Nx passes over; undefined where there is none. */
export function unhashedFolder(path: string): string | undefined {
  return UNHASHED.exec(path)?.[0];
}

/**
 * Finds what Nx doesn't hash of the files that git tracks or would track. Nx goes by .gitignore and .nxignore alone, git by
 * its index first: a file that was added by force is in one list and not in the other.
 *
 * @param git runs git in the workspace
 * @param workspace absolute path of the workspace root
 * @param folders paths relative to the root
 * @param lists `listed`: what git tracks or would track of them; `forced`: what it tracks and .gitignore names
 */
export async function findUnhashed(
  git: Git,
  workspace: string,
  folders: readonly string[],
  { listed, forced }: { readonly listed: readonly string[]; readonly forced: readonly string[] },
): Promise<LeftOut[]> {
  const named = hasNxignore(workspace, folders, listed)
    ? await list(git, ['--cached', '--others', '--ignored', '--exclude-per-directory=.nxignore'], folders)
    : [];
  const rules = await rulesOf(git, forced);
  const byNx = new Set(named);
  const found = new Map<string, LeftOut>();
  const isThere = (path: string): boolean => lstatSync(join(workspace, path), { throwIfNoEntry: false }) !== undefined;
  for (const path of listed) {
    const folder = unhashedFolder(path);
    if (folder !== undefined && isThere(folder)) found.set(folder, { path: folder, ...PASSED_OVER });
    else if (byNx.has(path) && isThere(path))
      found.set(path, { path, why: 'is named by .nxignore', fix: 'take it out of there, or out of the repository' });
  }
  for (const path of forced) {
    if (unhashedFolder(path) !== undefined || !isThere(path)) continue;
    const rule = rules.get(path);
    found.set(path, {
      path,
      why: `is tracked by git, and ${rule === undefined ? '.gitignore names it' : `named by ${rule}`}`,
      fix: `keep it out (git rm --cached ${path}), or let it in for good (a line !/${path} at the end of .gitignore)`,
    });
  }
  return [...found.values()];
}

const PASSED_OVER = { why: 'is a folder that Nx never hashes', fix: 'give it another name' };

/**
 * Finds repositories within the repository: git lists each as one entry, and none of its files.
 *
 * @param workspace absolute path of the workspace root
 * @param folders what git lists and is a folder
 */
export function findRepositories(workspace: string, folders: readonly string[]): LeftOut[] {
  return folders.flatMap((entry) => {
    const path = entry.replace(/\/$/, '');
    if (!isRepository(join(workspace, path))) return [];
    return [
      {
        path,
        why: 'is a repository of its own (a submodule), whose files git keeps no list of here',
        fix: 'list what is needed of it under `sources` in image.yaml, or copy its files in',
      },
    ];
  });
}

/** A submodule that isn't checked out is an empty folder. */
function isRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return false;
  }
}

/** Which line of which file names each path, as `.gitignore:3 (*.log)`. */
async function rulesOf(git: Git, paths: readonly string[]): Promise<Map<string, string>> {
  if (paths.length === 0) return new Map();
  const { stdout } = await git(['check-ignore', '--no-index', '--verbose', '-z', '--stdin'], {
    answers: [0, 1],
    input: paths.map((path) => `${path}\0`).join(''),
  });
  const fields = stdout.split('\0');
  const rules = new Map<string, string>();
  for (let i = 0; i + 3 < fields.length; i += 4) {
    const [source, line, pattern, path] = fields.slice(i, i + 4);
    if (path !== undefined) rules.set(path, `${source}:${line} (${pattern})`);
  }
  return rules;
}

function hasNxignore(workspace: string, folders: readonly string[], listed: readonly string[]): boolean {
  if (listed.some((path) => posix.basename(path) === '.nxignore')) return true;
  const above = folders.flatMap((folder) => {
    const parts = folder.split('/');
    return parts.map((_, length) => parts.slice(0, length).join('/'));
  });
  return above.some((folder) => existsSync(join(workspace, folder, '.nxignore')));
}

/**
 * Lists files with `git ls-files`.
 *
 * @param git runs git in the workspace
 * @param options of `git ls-files` that say which, and how
 * @param folders paths relative to the root
 * @returns what it prints, an entry a file
 */
export async function list(git: Git, options: readonly string[], folders: readonly string[]): Promise<string[]> {
  const below = folders.map((folder) => `:(literal)${folder}`);
  const { stdout } = await git(['ls-files', '-z', ...options, '--', ...below]);
  return stdout.split('\0').filter((entry) => entry !== '');
}

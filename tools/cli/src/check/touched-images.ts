import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Exec, git as runGit } from '@dockyard/exec';
import type { Affected } from '@dockyard/pipeline';

/** Images that one run of `npm test` builds at most: a change of a base touches the whole catalog, which takes hours. */
export const MOST_IMAGES = 3;

/** The images that a change touches. */
export interface TouchedImages {
  readonly built: readonly string[];
  /** More than are built here. */
  readonly left: readonly string[];
}

/** A project as far as a choice goes by it. */
export interface Candidate {
  readonly project: string;
  /** The folders of its definition, relative to the workspace root. */
  readonly folders: readonly string[];
}

/**
 * Finds the commit to compare with: NX_BASE, else CI_MERGE_REQUEST_DIFF_BASE_SHA, else where HEAD left the default branch.
 *
 * @param workspace absolute path of the workspace root
 * @returns undefined where there is none that this checkout has
 */
export async function changeBase(
  exec: Exec,
  workspace: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const git = async (...args: string[]): Promise<string | undefined> => {
    const { exitCode, stdout } = await runGit(exec, workspace, args, { answers: [0, 1] });
    return exitCode === 0 && stdout !== '' ? stdout : undefined;
  };
  const commitOf = (name: string): Promise<string | undefined> =>
    git('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`);
  const given = [env['NX_BASE'], env['CI_MERGE_REQUEST_DIFF_BASE_SHA']].find((one) => one !== undefined && one !== '');
  // The pipeline gives zeros or an empty tree where everything counts as affected.
  if (given !== undefined) return commitOf(given);
  const { defaultBase = 'main' } = JSON.parse(await readFile(join(workspace, 'nx.json'), 'utf8')) as {
    defaultBase?: string;
  };
  // A runner's checkout may have no origin/HEAD, and no branch.
  for (const branch of ['origin/HEAD', `origin/${defaultBase}`, defaultBase]) {
    const [head, other] = [await commitOf('HEAD'), await commitOf(branch)];
    const left = head === undefined || other === undefined ? undefined : await git('merge-base', head, other);
    if (left !== undefined) return left;
  }
  return undefined;
}

/**
 * Chooses what of the touched images is built: those whose own files changed first, then those that follow from a base, a toolchain or the
 * code of the tools, bases first.
 *
 * @param change what Nx says of it
 * @param projects all images, each after those that it is built on
 * @param most how many
 */
export function chooseImages(change: Affected, projects: readonly Candidate[], most: number): TouchedImages {
  const reasons = { ...change.explanation?.upstream, ...change.explanation?.affected };
  const touched = new Set([...change.graph.tasks.values()].map(({ project }) => project));
  const files = Object.values(reasons).flatMap((list) => list.flatMap(({ file }) => file ?? []));
  const isOwn = ({ folders }: Candidate): boolean =>
    files.some((file) => folders.some((folder) => file.startsWith(`${folder}/`)));
  const { own = [], others = [] } = Object.groupBy(
    projects.filter(({ project }) => touched.has(project)),
    (project) => (isOwn(project) ? 'own' : 'others'),
  );
  const ordered = [...own, ...others].map(({ project }) => project);
  return { built: ordered.slice(0, most), left: ordered.slice(most) };
}

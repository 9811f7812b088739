import { type Exec, git, UserError } from '@dockyard/exec';

const MOST_SHOWN = 5;

/** What a checkout holds that its commit doesn't. */
export interface Checkout {
  /** Full hash of HEAD. */
  readonly commit: string;
  /** Paths that differ from it, those that git doesn't know and doesn't ignore among them; relative to the workspace root. */
  readonly changed: readonly string[];
}

/**
 * Reads what of a checkout is committed.
 *
 * @param exec runs git
 * @param workspace absolute path of the workspace root
 * @throws {UserError} it is no checkout with a commit, or git fails
 */
export async function readCheckout(exec: Exec, workspace: string): Promise<Checkout> {
  const head = await git(exec, workspace, ['rev-parse', '--verify', '--quiet', 'HEAD'], { answers: [0, 1] });
  if (head.exitCode !== 0) throw new UserError('Only what is committed is published, and this checkout has no commit.');
  const status = await git(exec, workspace, [
    '--no-optional-locks',
    ...['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=normal', '--ignore-submodules=none'],
  ]);
  const changed = status.stdout.split('\0').flatMap((entry) => (entry === '' ? [] : [entry.slice(3)]));
  return { commit: head.stdout.trim(), changed };
}

/**
 * Says that a checkout holds what isn't committed.
 *
 * @param changed its paths
 */
export function uncommitted(changed: readonly string[]): UserError {
  const shown = changed.slice(0, MOST_SHOWN).map((path) => JSON.stringify(path));
  const more = changed.length > MOST_SHOWN ? ` and ${String(changed.length - MOST_SHOWN)} more` : '';
  return new UserError(`Only what is committed is published, and this is not: ${shown.join(', ')}${more}.`, {
    hint: 'Commit it, or take it away (git stash --include-untracked), and build again.',
  });
}

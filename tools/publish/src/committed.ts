import { type Exec, UserError } from '@dockyard/exec';

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
  const git = (...args: string[]) => exec({ command: 'git', args, cwd: workspace }, { reject: false });
  const head = await git('rev-parse', '--verify', '--quiet', 'HEAD');
  if (head.exitCode !== 0)
    throw new UserError('Only what is committed is published, and this is no git checkout with a commit.');
  // Settings of a person's that would hide something are overruled.
  const status = await git(
    ...['--no-optional-locks', '-c', 'core.fsmonitor=false'],
    ...['status', '--porcelain=v1', '-z', '--no-renames', '--untracked-files=normal', '--ignore-submodules=none'],
  );
  if (status.exitCode !== 0)
    throw new UserError(`git can't tell what is committed here: ${status.stderr.trim()}`, {
      hint: 'Mend what git status complains of, and publish again.',
    });
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

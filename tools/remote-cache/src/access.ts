import { type GitlabJob, gitlabJob } from '@dockyard/checkout';
import { UserError } from '@dockyard/exec';
import { parseRepository, type RepositoryName } from '@dockyard/registry';

/** The namespace that jobs of protected refs write, and everyone reads. */
export const PROTECTED = 'protected';

/** A part of the cache that one level of trust writes. */
export interface Namespace {
  readonly repository: RepositoryName;
  /** Start of its tags. */
  readonly name: string;
}

/** What a run may do with the cache. */
export interface Access {
  /** In the order in which an entry is looked for. */
  readonly read: readonly Namespace[];
  /** Absent: nothing is written. */
  readonly write?: Namespace;
}

/**
 * Tells what a run reads and writes. What jobs of protected refs read, only such jobs write: they have a repository of their own,
 * `<cache>/protected`, which the registry has to guard (GitLab: protected container repositories); everyone else writes to
 * `<cache>/unprotected`, a merge request or branch under its own name. This is CVE-2025-36852's lesson. Outside of CI nothing is written.
 *
 * @param env the environment: DOCKYARD_CACHE names the cache, GitLab's predefined variables the trust
 * @returns undefined where DOCKYARD_CACHE isn't set
 * @throws {UserError} it names no repository, or a variable of GitLab holds what GitLab never puts there
 */
export function cacheAccess(env: Readonly<Record<string, string | undefined>>): Access | undefined {
  const repositories = cacheRepositories(env);
  if (repositories === undefined) return undefined;
  const guarded: Namespace = { repository: repositories.protected, name: PROTECTED };
  if (env['CI'] === undefined) return { read: [guarded] };
  const job = gitlabJob(env);
  if (job.isProtected) return { read: [guarded], write: guarded };
  const name = unprotectedName(job);
  // A job that runs for a fork in the parent project reads and writes nothing of ours but what is public.
  if (name === undefined || job.mergeRequest?.isOfFork === true) return { read: [guarded] };
  const own: Namespace = { repository: repositories.unprotected, name };
  return { read: [own, guarded], write: own };
}

/**
 * Names the repositories of the cache.
 *
 * @param env the environment: DOCKYARD_CACHE
 * @returns undefined where it isn't set
 * @throws {UserError} it names no repository
 */
export function cacheRepositories(
  env: Readonly<Record<string, string | undefined>>,
): Record<'protected' | 'unprotected', RepositoryName> | undefined {
  const text = env['DOCKYARD_CACHE'];
  if (text === undefined || text === '') return undefined;
  let cache: RepositoryName;
  try {
    cache = parseRepository(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`DOCKYARD_CACHE: ${error.message}`, error.hint === undefined ? {} : { hint: error.hint });
  }
  const below = (name: string): RepositoryName => ({ registry: cache.registry, name: `${cache.name}/${name}` });
  return { protected: below('protected'), unprotected: below('unprotected') };
}

function unprotectedName({ mergeRequest, branchSlug }: GitlabJob): string | undefined {
  if (mergeRequest !== undefined) return `mr-${mergeRequest.iid}`;
  return branchSlug === undefined ? undefined : `branch-${branchSlug}`;
}

import { UserError } from '@dockyard/exec';
import { isCommitId } from './commit-id.ts';

/** What GitLab says of the job that we run in, as far as we go by it. */
export interface GitlabJob {
  /** Whether it runs for a protected branch or tag; never for a merge request, whatever its source branch is called. */
  readonly isProtected: boolean;
  /** Full id of the commit. */
  readonly commit?: string;
  /** Where people see the project, and git its repository: `https://gitlab.example.com/group/project`. */
  readonly projectUrl?: string;
  /** Name of the branch that everything is merged to. */
  readonly defaultBranch?: string;
  /** Name of the branch as GitLab shortens it for addresses. */
  readonly branchSlug?: string;
  readonly mergeRequest?: {
    readonly iid: string;
    /** Full id of the commit where it left its target. */
    readonly base?: string;
    /** Whether its commits lie in another project. */
    readonly isOfFork: boolean;
  };
}

const DECIMAL = /^[1-9]\d{0,18}$/;
const PROJECT_URL =
  /^https?:\/\/(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9_][\w.+-]*)+$/;
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads GitLab's predefined variables. Variables of projects, schedules and whoever starts a pipeline go before those of GitLab, and names
 * of branches are anybody's: so each is held to what GitLab itself puts there.
 *
 * @param env of the job; a variable that is empty counts as absent
 * @returns nothing but `isProtected: false` where no job of GitLab is
 * @throws {UserError} a variable holds something else; its name and value are told
 * @see https://docs.gitlab.com/ci/variables/predefined_variables/
 */
export function gitlabJob(env: Readonly<Record<string, string | undefined>>): GitlabJob {
  const read = (name: string, what: string, valid: (text: string) => boolean): string | undefined => {
    const value = env[name];
    if (value === undefined || value === '') return undefined;
    if (valid(value)) return value;
    throw new UserError(`${name} is ${JSON.stringify(value.slice(0, 200))}, which is not ${what}.`, {
      hint: `GitLab sets it. Remove the variable ${name} of the project, its groups or the schedule, which goes before GitLab's own.`,
    });
  };
  const isDecimal = (text: string): boolean => DECIMAL.test(text);
  const isProtected = read('CI_COMMIT_REF_PROTECTED', 'true or false', (text) => /^(?:true|false)$/.test(text));
  const commit = read('CI_COMMIT_SHA', 'a commit', isCommitId);
  const projectUrl = read('CI_PROJECT_URL', 'the address of a project', (text) => PROJECT_URL.test(text));
  const defaultBranch = read('CI_DEFAULT_BRANCH', 'the name of a branch', isBranchName);
  const branchSlug = read('CI_COMMIT_REF_SLUG', 'the shortened name of a branch', (text) => SLUG.test(text));
  const iid = read('CI_MERGE_REQUEST_IID', 'the number of a merge request', isDecimal);
  const base = read('CI_MERGE_REQUEST_DIFF_BASE_SHA', 'a commit', isCommitId);
  const project = read('CI_PROJECT_ID', 'the number of a project', isDecimal);
  const source = read('CI_MERGE_REQUEST_SOURCE_PROJECT_ID', 'the number of a project', isDecimal);
  return {
    isProtected: isProtected === 'true' && iid === undefined,
    ...(commit !== undefined && { commit }),
    ...(projectUrl !== undefined && { projectUrl }),
    ...(defaultBranch !== undefined && { defaultBranch }),
    ...(branchSlug !== undefined && { branchSlug }),
    ...(iid !== undefined && {
      mergeRequest: {
        iid,
        ...(base !== undefined && { base }),
        isOfFork: source !== undefined && source !== project,
      },
    }),
  };
}

/**
 * Whether a text can be the name of a branch, and nothing else to git or a shell.
 *
 * @param text of any origin
 * @see `git check-ref-format`, whose rules these are; quotes, `$` and the like, which git allows, aren't.
 */
export function isBranchName(text: string): boolean {
  return (
    /^[\p{L}\p{N}_][\p{L}\p{N}_./+@#=,-]{0,243}$/u.test(text) &&
    !/\.\.|\/\/|\/\.|@\{|\.lock(?:\/|$)|[/.]$/.test(text) &&
    text !== '@' &&
    text !== 'HEAD'
  );
}

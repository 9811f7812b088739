import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gitlabJob } from '@dockyard/checkout';
import { type Exec, git as runGit, UserError } from '@dockyard/exec';

/** A change that is to be reviewed. */
export interface Proposal {
  /** Absolute path of the checkout; its HEAD is what the change is on. */
  readonly workspace: string;
  /** Files that changed, relative to it. Nothing else comes into the commit. */
  readonly files: readonly string[];
  /** The branch to push; what was on it is replaced. */
  readonly branch: string;
  /** First line of the commit, and title of the merge request. */
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

/** What a push option may have at most: a packet of git's protocol has 65,516 bytes. */
const MOST_DESCRIPTION = 60_000;

/**
 * Commits files on top of HEAD, pushes the commit to a branch, and has GitLab open or update the merge request of it, through
 * push options. The checkout, its index and its branches stay as they are.
 *
 * @param exec runs git
 * @param proposal what to propose
 * @param env environment: DOCKYARD_PUSH_TOKEN, a token that may push; GitLab's CI_PROJECT_URL, where to, else the remote `origin`;
 *   CI_DEFAULT_BRANCH, the target, else GitLab's default
 * @returns false where the branch has that very tree on that very HEAD already
 * @throws {UserError} the remote refuses, or a variable of GitLab holds what GitLab never puts there
 */
export async function proposeChange(
  exec: Exec,
  proposal: Proposal,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  const { workspace, files, branch, title, body } = proposal;
  const token = env['DOCKYARD_PUSH_TOKEN'];
  const { projectUrl, defaultBranch } = gitlabJob(env);
  const remote = projectUrl === undefined || token === undefined ? 'origin' : `${projectUrl}.git`;
  const secrets = token === undefined ? {} : { redact: [token] };
  const folder = await mkdtemp(join(tmpdir(), 'dockyard-index-'));
  const git = async (args: readonly string[], input?: string): Promise<string> => {
    const result = await runGit(exec, workspace, args, {
      ...secrets,
      ...(input !== undefined && { input }),
      env: {
        ...credentials(token, Number(env['GIT_CONFIG_COUNT'] ?? 0)),
        ...(token !== undefined && { DOCKYARD_PUSH_TOKEN: token }),
        GIT_INDEX_FILE: join(folder, 'index'),
      },
    });
    return result.stdout;
  };
  try {
    await git(['read-tree', 'HEAD']);
    await git(['update-index', '--add', '--remove', '--', ...files]);
    const tree = await git(['write-tree']);
    if ((await present(git, remote, branch)) === `${tree} ${await git(['rev-parse', 'HEAD'])}`) return false;
    const commit = await git(['commit-tree', tree, '-p', 'HEAD', '-F', '-'], `${title}\n\n${body}`);
    const options = [
      'merge_request.create',
      ...(defaultBranch === undefined ? [] : [`merge_request.target=${defaultBranch}`]),
      'merge_request.remove_source_branch',
      `merge_request.title=${title}`,
      `merge_request.description=${oneLine(body)}`,
    ];
    await git([
      ...['push', '--force', '--quiet', ...options.map((option) => `--push-option=${option}`)],
      ...[remote, `${commit}:refs/heads/${branch}`],
    ]).catch((error: unknown) => {
      throw new UserError(
        `The branch ${branch} can't be pushed: ${error instanceof Error ? error.message : String(error)}`,
        {
          hint: 'DOCKYARD_PUSH_TOKEN must be a token of this project with the scope write_repository and the role Developer (docs/updates.md).',
          cause: error,
        },
      );
    });
    return true;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Tree and parent of what the remote has on a branch. */
async function present(
  git: (args: readonly string[]) => Promise<string>,
  remote: string,
  branch: string,
): Promise<string | undefined> {
  const [commit] = (await git(['ls-remote', remote, `refs/heads/${branch}`])).split('\t');
  if (commit === undefined || commit === '') return undefined;
  await git(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', remote, `refs/heads/${branch}`]);
  const header = (await git(['cat-file', 'commit', commit])).split('\n\n')[0] ?? '';
  return [...header.matchAll(/^(?:tree|parent) (\S+)$/gm)].map(([, id]) => id).join(' ');
}

/** The token reaches git through its environment: arguments can be read by every process of the machine. */
function credentials(token: string | undefined, settings: number): Record<string, string> {
  if (token === undefined) return {};
  return {
    // Behind those that our environment has already.
    GIT_CONFIG_COUNT: String(settings + 2),
    // An empty helper drops those that are configured.
    [`GIT_CONFIG_KEY_${settings}`]: 'credential.helper',
    [`GIT_CONFIG_VALUE_${settings}`]: '',
    [`GIT_CONFIG_KEY_${settings + 1}`]: 'credential.helper',
    [`GIT_CONFIG_VALUE_${settings + 1}`]:
      '!f() { test "$1" = get && echo username=oauth2 && echo "password=$DOCKYARD_PUSH_TOKEN"; }; f',
  };
}

/** A push option is one line; GitLab takes `\n` in a description for a new one. */
function oneLine(body: string): string {
  const text = body.trim().replaceAll('\n', '\\n');
  return text.length <= MOST_DESCRIPTION ? text : `${text.slice(0, MOST_DESCRIPTION)}…\\n\\nThe commit has all of it.`;
}

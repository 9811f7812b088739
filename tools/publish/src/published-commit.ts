import { gitlabJob, isCommitId } from '@dockyard/checkout';
import { type Exec, exec as realExec, git } from '@dockyard/exec';
import { Client, readPublishedCommit, writePublishedCommit } from '@dockyard/registry';
import { type History, historyOf } from './history.ts';
import { registriesOf } from './registries.ts';

/** The tree that holds no file, which every git has. */
const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

interface Options {
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onLine: (line: string) => void;
  readonly exec?: Exec;
}

/**
 * Tells what `nx affected` has to compare with. On a merge request that is where it left its target; on a branch, the last commit of which
 * everything was published: a pipeline that failed is made up for by the next one. Where that is newer than HEAD, nothing is left to do, and
 * HEAD is told. Where there is none such, it isn't on the default branch, or history was rewritten since, everything counts as affected.
 *
 * @returns full id of a commit that this checkout has, or of the empty tree
 * @throws {UserError} the registry can't be asked, or a variable of GitLab holds what GitLab never puts there
 */
export async function affectedBase(o: Options): Promise<string> {
  const { mergeRequest } = gitlabJob(o.env);
  const history = historyIn(o);
  // Where history can't be had, everything is built: that is slower and never wrong.
  const told = (answer: Promise<boolean>): Promise<boolean> =>
    answer.catch((error: unknown) => {
      o.onLine(error instanceof Error ? error.message : String(error));
      return false;
    });
  const known = (commit: string, of: string): Promise<boolean> => told(history.isAncestor(commit, of));
  if (mergeRequest?.base !== undefined) {
    const { base } = mergeRequest;
    if (await known(base, 'HEAD')) return base;
    o.onLine(
      `The merge request's base ${base} is not in this checkout (is GIT_DEPTH 0?): everything counts as affected.`,
    );
    return EMPTY_TREE;
  }
  const [first] = registriesOf(o.env);
  if (first === undefined) return EMPTY_TREE;
  const client = new Client({ report: o.onLine });
  try {
    const published = await readPublishedCommit(client, first, o.onLine);
    if (published === undefined) o.onLine('Nothing is noted as published: everything counts as affected.');
    else if (!(await told(isMerged(published, history, o)))) o.onLine('Everything counts as affected.');
    else if (await known(published, 'HEAD')) return published;
    else if (await known('HEAD', published)) {
      o.onLine(`${published} is newer and published already: nothing counts as affected.`);
      return await headOf(o);
    } else o.onLine(`${published}, which was published last, is not in this history: everything counts as affected.`);
    return EMPTY_TREE;
  } finally {
    await client.close();
  }
}

/**
 * Notes that everything of HEAD was published; not where a newer commit of the default branch was meanwhile.
 *
 * @throws {UserError} the registry refuses
 */
export async function markPublished(o: Options): Promise<void> {
  const head = await headOf(o);
  const [first] = registriesOf(o.env);
  if (first === undefined) return;
  const history = historyIn(o);
  const client = new Client({ report: o.onLine });
  try {
    const before = await readPublishedCommit(client, first, o.onLine);
    if (
      before !== undefined &&
      (await history.isAncestor(head, before)) &&
      (before === head || (await isMerged(before, history, o)))
    ) {
      o.onLine(`${before} is noted as published already.`);
      return;
    }
    await writePublishedCommit(client, first, head);
    o.onLine(`${head} is noted as published.`);
  } finally {
    await client.close();
  }
}

/** Whether a noted commit is on the default branch; says so where it isn't. */
async function isMerged(commit: string, history: History, { onLine }: Options): Promise<boolean> {
  if (await history.isMerged(commit)) return true;
  onLine(
    `${commit} is noted as published, and is not on the default branch: history was rewritten, or somebody else wrote that note. ` +
      'It counts as nothing.',
  );
  return false;
}

function historyIn({ exec = realExec, workspace, env }: Options): History {
  return historyOf(exec, workspace, gitlabJob(env).defaultBranch);
}

async function headOf({ workspace, exec = realExec }: Options): Promise<string> {
  const head = (await git(exec, workspace, ['rev-parse', '--verify', 'HEAD^{commit}'])).stdout;
  if (!isCommitId(head)) throw new RangeError(`git rev-parse printed ${JSON.stringify(head)}`);
  return head;
}

import { type Exec, exec as realExec, git } from '@dockyard/exec';
import { Client, readPublishedCommit, writePublishedCommit } from '@dockyard/registry';
import { ancestry } from './history.ts';
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
 * HEAD is told. Where there is none such, or history was rewritten since, everything counts as affected.
 *
 * @returns full hash of a commit that this checkout has, or of the empty tree
 * @throws {UserError} the registry can't be asked
 */
export async function affectedBase(o: Options): Promise<string> {
  const isAncestor = ancestry(o.exec ?? realExec, o.workspace);
  // Where history can't be had, everything is built: that is slower and never wrong.
  const known = (commit: string, of: string): Promise<boolean> => isAncestor(commit, of).catch(() => false);
  const { CI_MERGE_REQUEST_DIFF_BASE_SHA: base } = o.env;
  if (base !== undefined) {
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
    const published = await readPublishedCommit(client, first);
    if (published === undefined) o.onLine('Nothing was published yet: everything counts as affected.');
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
 * Notes that everything of HEAD was published; not where a newer commit was meanwhile.
 *
 * @throws {UserError} the registry refuses
 */
export async function markPublished(o: Options): Promise<void> {
  const head = await headOf(o);
  const [first] = registriesOf(o.env);
  if (first === undefined) return;
  const client = new Client({ report: o.onLine });
  try {
    const before = await readPublishedCommit(client, first);
    if (before !== undefined && (await ancestry(o.exec ?? realExec, o.workspace)(head, before))) {
      o.onLine(`${before} is noted as published already.`);
      return;
    }
    await writePublishedCommit(client, first, head);
    o.onLine(`${head} is noted as published.`);
  } finally {
    await client.close();
  }
}

async function headOf({ workspace, exec = realExec }: Options): Promise<string> {
  return (await git(exec, workspace, ['rev-parse', '--verify', 'HEAD'])).stdout;
}

import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { lockProject, requireProject } from '@dockyard/build';
import { packageLockOf, type Project } from '@dockyard/project';
import { resolveWorkspace } from '@dockyard/definition';
import { exec, UserError, writeFileAtomic } from '@dockyard/exec';
import {
  type ChangedLock,
  compareLocks,
  parseLock,
  readLock,
  readSourceChanges,
  showProgress,
} from '@dockyard/sources';
import { cancellation } from '../cancellation.ts';
import { lockReportTitle, renderLockReport } from '../lock-report.ts';
import { proposeChange } from '../merge-request.ts';
import { WORKSPACE } from '../root.ts';
import { imageProjects, pickProjects } from '../workspace.ts';

/** What becomes of locks that changed. */
export interface LockOptions {
  /** Put every file back, and fail where one changed. */
  readonly check?: true;
  /** File that gets the changes as Markdown; it isn't written where there are none. */
  readonly report?: string;
  /** Branch to propose them on; the files here are put back. */
  readonly mergeRequest?: string;
}

/**
 * Locks the Debian packages of definitions, parents before children. A failure leaves every lock as it was.
 *
 * @param names projects; all that install packages when empty
 * @param options what becomes of the changes
 * @returns exit code
 * @throws {UserError} unknown project, apt can't resolve, `check` found a change, or it can't be proposed
 */
export async function lock(names: readonly string[], options: LockOptions): Promise<number> {
  const known = imageProjects(WORKSPACE);
  const picked = names.length === 0 ? [...known.keys()] : pickProjects(names, known);
  const all = parentsFirst([...known.values()].map((root) => requireProject(WORKSPACE, root)));
  // What was in the files that are written; undefined: there was none.
  const before = new Map<string, string | undefined>();
  const changed = new Set<string>();
  const writers = new Map<string, { project: string; text: string }>();
  let keep = false;
  try {
    for (const one of all.filter(({ project }) => picked.includes(project))) {
      const { project, root, definition } = one;
      if (definition.packages === undefined) {
        if (names.length > 0) console.log(`${project}: installs no Debian packages`);
        continue;
      }
      console.log(`${project}: asking apt for ${definition.packages.suite}`);
      const present = await locksOf(one);
      for (const [file, text] of present) if (!before.has(file)) before.set(file, text);
      for (const file of await lockProject({ workspace: WORKSPACE, root, signal: cancellation.signal })) {
        const text = await readFile(join(WORKSPACE, file), 'utf8');
        const writer = writers.get(file);
        if (writer !== undefined && writer.text !== text) {
          throw new UserError(`${writer.project} and ${project} share ${file}, and need different packages.`, {
            hint: `Declare \`packages\` in ${definition.file}, so that it has a lock of its own.`,
          });
        }
        writers.set(file, { project, text });
        if (present.get(file) === text) continue;
        changed.add(file);
        console.log(`  ${file} ${present.get(file) === undefined ? 'is new' : 'changed'}`);
      }
    }
    if (changed.size === 0) console.log('Every lock is up to date.');
    else if (options.check !== true) await report([...changed], before, options);
    keep = options.check !== true && options.mergeRequest === undefined;
  } finally {
    // Not before: children are resolved on top of what was just locked.
    if (!keep) for (const [file, text] of before) await putBack(join(WORKSPACE, file), text);
  }
  if (options.check === true && changed.size > 0) {
    throw new UserError(`Not what apt resolves now: ${[...changed].join(', ')}`, { hint: 'Run: npm run lock' });
  }
  return 0;
}

async function report(
  files: readonly string[],
  before: ReadonlyMap<string, string | undefined>,
  options: LockOptions,
): Promise<void> {
  if (options.report === undefined && options.mergeRequest === undefined) return;
  const locks = await Promise.all(
    files.map(async (file): Promise<ChangedLock> => {
      const old = before.get(file);
      return {
        file,
        before: old === undefined ? undefined : parseLock(old, file),
        after: await readLock(join(WORKSPACE, file)),
      };
    }),
  );
  const changes = compareLocks(locks);
  const progress = showProgress(process.stderr);
  const sources = await readSourceChanges(changes, { signal: cancellation.signal, report: progress.report }).finally(
    () => {
      progress.end();
    },
  );
  const body = renderLockReport(changes, sources);
  if (options.report !== undefined) await writeFileAtomic(resolve(options.report), body);
  const branch = options.mergeRequest;
  if (branch === undefined) return;
  const title = lockReportTitle(sources);
  const proposed = await proposeChange(exec, { workspace: WORKSPACE, files, branch, title, body }, process.env);
  console.log(
    proposed ? `${title}: proposed on the branch ${branch}` : `The branch ${branch} has these locks already.`,
  );
}

/**
 * Orders projects so that every one comes after the images that its Dockerfiles name.
 *
 * @param projects all of the workspace
 */
export function parentsFirst(projects: readonly Project[]): Project[] {
  const workspace = resolveWorkspace([...projects]);
  const byName = new Map(projects.map((project) => [project.project, project]));
  const ordered = new Set<Project>();
  const visit = (project: Project, above: readonly string[]): void => {
    // A cycle is a mistake that the graph reports.
    if (ordered.has(project) || above.includes(project.project)) return;
    for (const kind of ['compile', 'image'] as const) {
      for (const parent of workspace.parents(project.project, kind)) {
        const found = byName.get(parent.project);
        if (found !== undefined) visit(found, [...above, project.project]);
      }
    }
    ordered.add(project);
  };
  for (const project of projects) visit(project, []);
  return [...ordered];
}

/** What is in the lock files of a project; undefined for one that isn't there. */
async function locksOf(project: Project): Promise<Map<string, string | undefined>> {
  const files = (['image', 'compile'] as const).flatMap((use) =>
    project.definition.platforms.flatMap((platform) => packageLockOf(project, use, platform) ?? []),
  );
  return new Map(
    await Promise.all(
      files.map(async (file) => [file, await readFile(join(WORKSPACE, file), 'utf8').catch(() => undefined)] as const),
    ),
  );
}

function putBack(path: string, text: string | undefined): Promise<void> {
  return text === undefined ? rm(path, { force: true }) : writeFileAtomic(path, text);
}

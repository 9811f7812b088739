import { exec, git, writeFileAtomic } from '@dockyard/exec';
import { boundaryOpenings, renderDotenv } from '@dockyard/pipeline';
import { affectedBase, markPublished, retainImages } from '@dockyard/publish';
import { cancellation } from '../cancellation.ts';
import { printLine } from '../nx.ts';
import { WORKSPACE } from '../root.ts';
import { imageProjects, projectOf } from '../workspace.ts';

/**
 * Says what `nx affected` has to compare: NX_BASE, and NX_HEAD, without which it would count what lies about in the checkout.
 *
 * @param options.output file that takes both for `artifacts:reports:dotenv`; printed when absent
 * @returns exit code
 * @throws {UserError} the registry can't be asked
 */
export async function base(options: { output?: string }): Promise<number> {
  const commit = await affectedBase({ workspace: WORKSPACE, env: process.env, onLine: toStderr });
  const { stdout: head } = await git(exec, WORKSPACE, ['rev-parse', '--verify', 'HEAD']);
  const text = renderDotenv({ NX_BASE: commit, NX_HEAD: head });
  if (options.output === undefined) process.stdout.write(text);
  else await writeFileAtomic(options.output, text);
  return 0;
}

/**
 * Says what lets a job write that shouldn't ({@link boundaryOpenings}).
 *
 * @returns exit code; 1 where something is open
 * @throws {UserError} it can't be told
 */
export async function boundary(): Promise<number> {
  const images = [...new Set([...imageProjects(WORKSPACE).keys()].map((name) => projectOf(name).definition.image))];
  const openings = await boundaryOpenings({
    env: process.env,
    images,
    client: { report: toStderr, signal: cancellation.signal },
  });
  for (const { what, fix } of openings) printLine(`${what}\n→ ${fix}`, 'stderr');
  if (openings.length > 0) return 1;
  printLine(
    `With what every job has, nothing can be pushed to the protected cache, the record of what is published, or ${String(images.length)} images.`,
    'stdout',
  );
  return 0;
}

/** Notes that everything of HEAD was published; returns the exit code. */
export async function published(): Promise<number> {
  await markPublished({ workspace: WORKSPACE, env: process.env, onLine: toStderr });
  return 0;
}

/**
 * Removes what publishing has left in the registries and no tag leads to.
 *
 * @param options.days that it is kept
 * @param options.dryRun change nothing
 * @returns exit code; 1 where a registry refuses, or deletes nothing
 */
export async function retain(options: { days: number; dryRun?: boolean }): Promise<number> {
  const done = await retainImages({
    ...options,
    env: process.env,
    onLine: (line) => printLine(line, 'stdout'),
    signal: cancellation.signal,
  });
  return done ? 0 : 1;
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

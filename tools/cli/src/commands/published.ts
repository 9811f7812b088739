import { writeFileAtomic } from '@dockyard/exec';
import { affectedBase, markPublished } from '@dockyard/publish';
import { WORKSPACE } from '../root.ts';

/**
 * Says what `nx affected` has to compare with, as a line of an environment file.
 *
 * @param options.output file that takes the line; printed when absent
 * @returns exit code
 * @throws {UserError} the registry can't be asked
 */
export async function base(options: { output?: string }): Promise<number> {
  const commit = await affectedBase({ workspace: WORKSPACE, env: process.env, onLine: toStderr });
  const line = `NX_BASE=${commit}\n`;
  if (options.output === undefined) process.stdout.write(line);
  else await writeFileAtomic(options.output, line);
  return 0;
}

/** Notes that everything of HEAD was published; returns the exit code. */
export async function published(): Promise<number> {
  await markPublished({ workspace: WORKSPACE, env: process.env, onLine: toStderr });
  return 0;
}

function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

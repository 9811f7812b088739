import { exec, writeFileAtomic } from '@dockyard/exec';
import { affectedBase, markPublished } from '@dockyard/publish';
import { WORKSPACE } from '../root.ts';

/**
 * Says what `nx affected` has to compare, as an environment file. Without NX_HEAD it would count what lies about in the checkout.
 *
 * @param options.output file that takes the lines; printed when absent
 * @returns exit code
 * @throws {UserError} the registry can't be asked
 */
export async function base(options: { output?: string }): Promise<number> {
  const commit = await affectedBase({ workspace: WORKSPACE, env: process.env, onLine: toStderr });
  const { stdout: head } = await exec({ command: 'git', args: ['rev-parse', 'HEAD'], cwd: WORKSPACE });
  const lines = `NX_BASE=${commit}\nNX_HEAD=${head}\n`;
  if (options.output === undefined) process.stdout.write(lines);
  else await writeFileAtomic(options.output, lines);
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

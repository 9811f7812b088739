import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command, CommandResult, Exec } from './command.ts';
import { CommandError } from './command-error.ts';
import { UserError } from './user-error.ts';

/**
 * What a person's configuration may not decide: how output that we read is written, what runs beside a command, and what a
 * repository that we make is like. How remotes are reached, who commits, what `core.excludesFile` leaves out and which
 * checkouts are trusted stays theirs.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  'color.ui': 'false',
  'core.quotePath': 'false',
  'log.showSignature': 'false',
  'i18n.commitEncoding': 'UTF-8',
  'i18n.logOutputEncoding': 'UTF-8',
  // A monitor that is wrong, or hangs, would decide which files a build sees.
  'core.fsmonitor': 'false',
  'core.hooksPath': '/dev/null',
  'diff.orderFile': '/dev/null',
  'core.autocrlf': 'false',
  'core.safecrlf': 'false',
  'commit.gpgSign': 'false',
  'push.gpgSign': 'false',
  'push.followTags': 'false',
  'push.recurseSubmodules': 'no',
  // An empty one drops those that are configured.
  'push.pushOption': '',
  'fetch.recurseSubmodules': 'false',
  'submodule.recurse': 'false',
  // It would go on in the background after we have gone.
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'init.defaultBranch': 'main',
  'init.templateDir': '',
  'clone.defaultRemoteName': 'origin',
};

const FLAGS = ['--no-pager', ...Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])];

/** What {@link git} takes beside its arguments. */
export interface GitOptions extends Pick<Command, 'env' | 'input'> {
  /** Exit codes that are answers, such as 1 for "it isn't so"; 0 alone by default. */
  readonly answers?: readonly number[];
  /** Settings by name, for this command alone. A value may be seen by every process of the machine. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Secrets that no message may show. */
  readonly redact?: readonly string[];
}

/**
 * Runs git, whatever a person's settings and the environment say. A failure is never an answer: an exit code that isn't
 * expected is an error. Only commands whose output is meant for programs ("plumbing") are read, and `-z` where they list.
 *
 * @param exec runs it
 * @param cwd absolute path of the folder it works in
 * @param args its arguments, from the name of the command on
 * @param options which exit codes are answers, environment, input
 * @returns its output and exit code
 * @throws {UserError} git isn't installed, or fails: git's own words, and what to do
 */
export async function git(
  exec: Exec,
  cwd: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<CommandResult> {
  const { answers = [0], settings = {}, redact, ...rest } = options;
  const own = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command: Command = { command: 'git', args: [...FLAGS, ...own, ...args], cwd, ...rest };
  // Behind options that hold for all commands.
  const name = args.find((word, i) => !word.startsWith('-') && !['-c', '-C'].includes(args[i - 1] ?? '')) ?? '';
  let result: CommandResult;
  try {
    result = await exec(command, { reject: false, ...(redact !== undefined && { redact }) });
  } catch (error) {
    if (!(error instanceof CommandError) || error.aborted || !existsSync(cwd)) throw error;
    if (!error.notFound) throw failure(cwd, name, error.message, error);
    throw new UserError(`git is not installed, and git ${name} is needed in ${cwd}.`, {
      hint: 'Install it (Debian: apt-get install git), and run this again.',
      cause: error,
    });
  }
  if (!answers.includes(result.exitCode)) throw failure(cwd, name, result.stderr || `exit code ${result.exitCode}`);
  return result;
}

/**
 * Tells whether a folder lies in a git repository, by what lies there and not by what git makes of it: where git refuses
 * a repository, there is one all the same.
 *
 * @param folder absolute path
 */
export function liesInRepository(folder: string): boolean {
  if (existsSync(join(folder, '.git'))) return true;
  const parent = dirname(folder);
  return parent !== folder && liesInRepository(parent);
}

function failure(cwd: string, name: string, said: string, cause?: unknown): UserError {
  const message = `git ${name} fails in ${cwd}:\n${withoutCredentials(said.trim())}`;
  return new UserError(message, { hint: hintOf(cwd, said), ...(cause !== undefined && { cause }) });
}

function hintOf(cwd: string, said: string): string {
  if (/safe\.directory/.test(said)) {
    const [, folder = cwd] = /safe\.directory (.+)$/m.exec(said) ?? [];
    return `If you trust whoever owns that folder: git config --global --add safe.directory ${folder}`;
  }
  if (/index file|bad signature|index uses/.test(said))
    return 'The index is damaged. Make it anew, and add again what was staged: rm "$(git rev-parse --git-path index)" && git reset';
  if (/corrupt|bad object|object file|unable to read|fsck/.test(said))
    return `The repository is damaged: git -C ${cwd} fsck says what is missing. A fresh clone has it whole.`;
  return 'Mend what git complains of, and run this again.';
}

/** A job's remote holds its token. */
function withoutCredentials(text: string): string {
  return text.replaceAll(/\/\/[^/@\s]*@/g, '//');
}

/** One external process, as data: built by pure functions, shown by {@link formatCommand}, run by `exec`. */
export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** Working directory; ours when absent. */
  readonly cwd?: string;
  /** Added to what the program gets of our environment (`environmentOf`); `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the process reads from its stdin; absent means an empty stdin. */
  readonly input?: string | Uint8Array | NodeJS.ReadableStream;
}

/** What a process that ended left behind. */
export interface CommandResult {
  /** All of stdout as UTF-8, without its last newline. */
  readonly stdout: string;
  /** All of stderr as UTF-8, without its last newline. */
  readonly stderr: string;
  /** 128 + signal number when a signal ended it, as shells count. */
  readonly exitCode: number;
}

export interface ExecOptions {
  /** Aborting ends the whole process group: SIGTERM, and SIGKILL after `killAfterMs`. */
  readonly signal?: AbortSignal;
  /** Called for every line as it arrives, without its line end. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** The whole output, both streams in the order of arrival, is appended to this file. */
  readonly logFile?: string;
  /** Secrets: replaced by `***` in lines, log, result and errors. */
  readonly redact?: readonly string[];
  /** `false`: an exit code other than 0 is returned instead of thrown. A command that can't start, is aborted or times out is always thrown. Default true. */
  readonly reject?: boolean;
  /** Milliseconds between SIGTERM and SIGKILL; default 10,000. */
  readonly killAfterMs?: number;
  /** Milliseconds after which the process group is ended like on abort. */
  readonly timeoutMs?: number;
}

/** Runs one command to its end. */
export type Exec = (command: Command, options?: ExecOptions) => Promise<CommandResult>;

const PLAIN_WORD = /^[\w@%+=:,./-]+$/;

function quote(word: string): string {
  return PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Writes a command as a line for a POSIX shell: for logs, errors and golden tests.
 *
 * @param command the command; its `input` is not shown
 * @returns e.g. `cd /tmp && env -u HOME A='1 2' podman build .`
 */
export function formatCommand(command: Command): string {
  const removed: string[] = [];
  const set: string[] = [];
  for (const [name, value] of Object.entries(command.env ?? {})) {
    if (value === undefined) removed.push('-u', name);
    else set.push(`${name}=${quote(value)}`);
  }
  const words = [...set, ...[command.command, ...command.args].map(quote)];
  if (removed.length > 0) words.unshift('env', ...removed);
  const line = words.join(' ');
  return command.cwd === undefined ? line : `cd ${quote(command.cwd)} && ${line}`;
}

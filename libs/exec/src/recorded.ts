import { type Command, type CommandResult, type Exec, formatCommand } from './command.ts';
import { CommandError } from './command-error.ts';

/** One recorded answer: for commands whose {@link formatCommand} line contains the string or matches the expression. */
export interface Recording {
  readonly match: string | RegExp;
  readonly result: Partial<CommandResult> | Error;
}

/**
 * An `Exec` that answers from recordings and starts nothing.
 * Each recording is used once, in order, and the last one that matches answers all further calls.
 *
 * @param recordings the answers; a missing exit code is 0, an `Error` is thrown
 * @returns the `Exec`, with the commands it was given in `calls`
 * @throws {Error} (when called) no recording matches the command
 */
export function recordedExec(recordings: readonly Recording[]): Exec & { readonly calls: Command[] } {
  const calls: Command[] = [];
  const used = new Set<Recording>();
  const answer: Exec = (command, options = {}) => {
    calls.push(command);
    const line = formatCommand(command);
    const matching = recordings.filter(({ match }) =>
      typeof match === 'string' ? line.includes(match) : line.search(match) >= 0,
    );
    const recording = matching.find((candidate) => !used.has(candidate)) ?? matching.at(-1);
    if (recording === undefined) return Promise.reject(new Error(`No recording for: ${line}`));
    used.add(recording);
    if (recording.result instanceof Error) return Promise.reject(recording.result);
    const { stdout = '', stderr = '', exitCode = 0 } = recording.result;
    for (const [stream, text] of [['stdout', stdout] as const, ['stderr', stderr] as const])
      if (text !== '') for (const one of text.split('\n')) options.onLine?.(one, stream);
    if (exitCode !== 0 && options.reject !== false)
      return Promise.reject(new CommandError(command, { stdout, stderr, exitCode }));
    return Promise.resolve({ stdout, stderr, exitCode });
  };
  return Object.assign(answer, { calls });
}

import { type Command, formatCommand } from './command.ts';
import { redactText } from './redact.ts';

const SHOWN_LINES = 20;

/** A command that could not start, failed, timed out or was aborted. */
export class CommandError extends Error {
  readonly command: Command;
  /** `undefined` when a signal ended it or it never started. */
  readonly exitCode: number | undefined;
  /** Name of the signal that ended it. */
  readonly signal?: string;
  readonly stdout: string;
  readonly stderr: string;
  /** The program itself doesn't exist. */
  readonly notFound: boolean;
  /** The caller's AbortSignal ended it. */
  readonly aborted: boolean;
  /** `timeoutMs` ended it. */
  readonly timedOut: boolean;

  /**
   * @param command what was run
   * @param end how it ended; `redact` holds secrets that the message must not show
   */
  constructor(
    command: Command,
    end: {
      exitCode?: number;
      signal?: string;
      stdout?: string;
      stderr?: string;
      notFound?: boolean;
      aborted?: boolean;
      timedOut?: boolean;
      reason?: string;
      redact?: readonly string[];
      cause?: unknown;
    },
  ) {
    const stderr = end.stderr ?? '';
    const stdout = end.stdout ?? '';
    const said = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-SHOWN_LINES).join('\n');
    const line = redactText(formatCommand(command), end.redact);
    super(`${howItEnded(command, end)}: ${line}${said === '' ? '' : `\n${said}`}`, { cause: end.cause });
    this.name = 'CommandError';
    this.command = command;
    this.exitCode = end.exitCode;
    if (end.signal !== undefined) this.signal = end.signal;
    this.stdout = stdout;
    this.stderr = stderr;
    this.notFound = end.notFound ?? false;
    this.aborted = end.aborted ?? false;
    this.timedOut = end.timedOut ?? false;
  }
}

function howItEnded(
  command: Command,
  end: {
    exitCode?: number;
    signal?: string;
    notFound?: boolean;
    aborted?: boolean;
    timedOut?: boolean;
    reason?: string;
  },
): string {
  if (end.notFound === true) return `There is no program ${command.command} here`;
  if (end.aborted === true) return 'The command was aborted';
  if (end.timedOut === true) return 'The command took too long and was ended';
  if (end.signal !== undefined) return `The command was ended by ${end.signal}`;
  if (end.exitCode !== undefined) return `The command ended with exit code ${end.exitCode}`;
  return `The command could not be run (${end.reason ?? 'unknown reason'})`;
}

import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { constants } from 'node:os';
import { Readable } from 'node:stream';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, CommandResult, Exec, ExecOptions } from './command.ts';
import { CommandError } from './command-error.ts';
import { environmentOf } from './environment.ts';
import { LineSplitter } from './lines.ts';
import { redactText } from './redact.ts';
import { UserError } from './user-error.ts';

const KILL_AFTER_MS = 10_000;

/**
 * Runs one command to its end. The child leads its own process group; abort, timeout and our own exit end the whole group.
 *
 * @param command what to run
 * @param options streaming, log, cancelling, redaction
 * @returns its output and exit code
 * @throws {CommandError} it could not start, was aborted, timed out, or (unless `reject: false`) failed
 * @throws {UserError} the log file can't be written
 */
export const exec: Exec = async (command, options = {}) => {
  if (options.signal?.aborted === true)
    throw new CommandError(command, {
      aborted: true,
      cause: options.signal.reason,
      ...(options.redact === undefined ? {} : { redact: options.redact }),
    });
  const log = options.logFile === undefined ? undefined : openLog(options.logFile);
  try {
    return await run(command, options, log);
  } finally {
    await log?.close();
  }
};

async function run(command: Command, options: ExecOptions, log: Log | undefined): Promise<CommandResult> {
  const killAfterMs = options.killAfterMs ?? KILL_AFTER_MS;
  const cancel = new AbortController();
  const signals = [cancel.signal, ...(options.signal === undefined ? [] : [options.signal])];
  // Only on demand: it takes longer to load than all else that a graph needs, and most graphs run no command.
  const { execa } = await import('execa');
  const child = execa(command.command, command.args, {
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    env: environmentOf(command.command, command.env),
    extendEnv: false,
    ...stdin(command.input),
    reject: false,
    maxBuffer: Number.MAX_SAFE_INTEGER,
    killDescendants: true,
    forceKillAfterDelay: killAfterMs,
    cancelSignal: AbortSignal.any(signals),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
  });
  log?.onError(() => cancel.abort());

  const splitters = (['stdout', 'stderr'] as const).map((stream) => {
    const splitter = new LineSplitter((line) => {
      const shown = redactText(line, options.redact);
      log?.write(`${shown}\n`);
      options.onLine?.(shown, stream);
    });
    child[stream].on('data', (chunk: Uint8Array) => splitter.write(chunk));
    return splitter;
  });

  const result = await child;
  for (const splitter of splitters) splitter.end();
  if (result.isTerminated && child.pid !== undefined) await endGroup(child.pid, killAfterMs);
  if (log?.error !== undefined)
    throw new UserError(`The log can't be written: ${log.error.message}`, {
      hint: 'Make room on that file system, or mend its permissions, and run it again.',
      cause: log.error,
    });

  const stdout = redactText(result.stdout, options.redact);
  const stderr = redactText(result.stderr, options.redact);
  const output = { stdout, stderr };
  const redact = options.redact === undefined ? {} : { redact: options.redact };
  const signal = result.signal === undefined ? {} : { signal: result.signal };
  if (result.isCanceled || options.signal?.aborted === true)
    throw new CommandError(command, { ...output, ...signal, ...redact, aborted: true, cause: options.signal?.reason });
  if (result.timedOut) throw new CommandError(command, { ...output, ...signal, ...redact, timedOut: true });
  if (result.exitCode === undefined && result.signal === undefined) {
    // A missing working directory gives the same ENOENT as a missing program.
    const directoryMissing = command.cwd !== undefined && !existsSync(command.cwd);
    throw new CommandError(command, {
      ...output,
      ...redact,
      notFound: result.code === 'ENOENT' && !directoryMissing,
      reason: directoryMissing ? `no such directory: ${command.cwd}` : (result.code ?? result.originalMessage ?? ''),
    });
  }
  // The process may well end with 0 when its input breaks off: it can't tell that from the end.
  if (result.failed && result.exitCode === 0)
    throw new CommandError(command, {
      ...output,
      ...redact,
      reason: result.originalMessage ?? '',
      cause: result.cause,
    });
  const failed = result.exitCode !== 0;
  if (failed && options.reject !== false)
    throw new CommandError(command, {
      ...output,
      ...signal,
      ...redact,
      ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    });
  return { ...output, exitCode: result.exitCode ?? 128 + constants.signals[result.signal ?? 'SIGKILL'] };
}

function stdin(input: Command['input']): { input: string | Uint8Array | Readable } | { stdin: 'ignore' } {
  if (input === undefined) return { stdin: 'ignore' };
  if (typeof input === 'string' || input instanceof Uint8Array || input instanceof Readable) return { input };
  return { input: new Readable().wrap(input) };
}

/** The leader may be gone while a descendant that closed its output still ignores SIGTERM. */
async function endGroup(pid: number, killAfterMs: number): Promise<void> {
  const deadline = Date.now() + killAfterMs;
  while (signalGroup(pid, 0)) {
    if (Date.now() >= deadline) {
      signalGroup(pid, 'SIGKILL');
      return;
    }
    await sleep(20);
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

interface Log {
  readonly error: Error | undefined;
  write(text: string): void;
  onError(listener: () => void): void;
  close(): Promise<void>;
}

function openLog(file: string): Log {
  const stream: WriteStream = createWriteStream(file, { flags: 'a' });
  const state: { error: Error | undefined } = { error: undefined };
  stream.on('error', (error) => (state.error = error));
  return {
    get error() {
      return state.error;
    },
    write: (text) => {
      if (state.error === undefined) stream.write(text);
    },
    onError: (listener) => void stream.once('error', listener),
    close: async () => {
      if (stream.closed) return;
      const closed = once(stream, 'close').catch(() => undefined);
      stream.end();
      await closed;
    },
  };
}

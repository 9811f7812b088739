import { type CommandError, formatCommand, UserError } from '@dockyard/exec';
import type { AnyRequest } from './types.ts';

const SHOWN_LINES = 20;

/** What a parser found in the output of a build that failed. */
export interface FailedStep {
  /** The step as the engine names it. */
  readonly step?: string;
  /** Line of the Dockerfile, where the engine says it. */
  readonly line?: number;
  /** What the step printed. */
  readonly output: readonly string[];
  /** The engine's own last word. */
  readonly cause?: string;
}

/**
 * The error of a build that failed.
 *
 * @param error how the engine's program ended
 * @param failed what its output says
 * @param request of which build
 * @returns an error with the step, its last 20 lines, and the log's path as hint
 */
export function buildFailure(
  error: CommandError,
  failed: FailedStep,
  request: Pick<AnyRequest, 'dockerfile' | 'dockerfileName' | 'logFile'>,
): UserError {
  const file = request.dockerfileName ?? request.dockerfile;
  const where = failed.line === undefined ? file : `${file}:${failed.line}`;
  const program = error.command.command;
  const message = [
    failed.step === undefined ? `${where}: the build failed` : `${where}: the build failed at ${failed.step}`,
    ...failed.output.slice(-SHOWN_LINES).map((line) => `    ${line}`),
    ...(failed.cause === undefined ? [] : [failed.cause]),
    ...(error.signal === undefined ? [] : [`${program} was ended by ${error.signal}.`]),
    ...(error.exitCode === 0 ? [`${program} was stopped before the image was whole.`] : []),
  ].join('\n');
  const full = /no space left on device/i.test(message) ? 'The disk is full: make room and run it again. ' : '';
  return new UserError(message, { hint: `${full}The whole log: ${request.logFile}`, cause: error });
}

/** First line of a build's log. */
export function logHeader(command: Parameters<typeof formatCommand>[0]): string {
  return `$ ${formatCommand(command)}\n`;
}

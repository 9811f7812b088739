import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { existsSync } from 'node:fs';
import { type Command, UserError } from '@dockyard/exec';
import { logHeader } from './build-failure.ts';
import type { AnyRequest } from './types.ts';

/**
 * Lets a build write beside its output and moves it there when it is whole.
 *
 * @param request its `output` must not exist
 * @param fn writes the folder that it is given; none where nothing is kept
 * @throws {UserError} the disk is full
 */
export async function exportWhole(
  { output }: AnyRequest,
  fn: (folder: string | undefined) => Promise<void>,
): Promise<void> {
  if (output === undefined) return fn(undefined);
  if (existsSync(output)) throw new Error(`The output of a build exists already: ${output}`);
  await mkdir(dirname(output), { recursive: true });
  const part = `${output}.${randomBytes(6).toString('hex')}.part`;
  try {
    await fn(part);
    await rename(part, output);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC')
      throw new UserError(`${output}: no space left on device`, {
        hint: 'The disk is full: make room and run it again.',
        cause: error,
      });
    throw error;
  } finally {
    await rm(part, { recursive: true, force: true });
  }
}

/** Starts the log of a build anew, with the command that is run. */
export async function startLog(request: AnyRequest, command: Command): Promise<void> {
  await mkdir(dirname(request.logFile), { recursive: true });
  await writeFile(request.logFile, logHeader(command));
}

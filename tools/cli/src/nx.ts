import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runWithCache } from '@dockyard/remote-cache';
import { z } from 'zod';
import { cancellation } from './cancellation.ts';
import { nxColourEnvironment } from './colour.ts';
import { nxLog } from './nx-log.ts';
import { WORKSPACE } from './root.ts';

/** How a task of a run came to its result. */
export interface TaskOutcome {
  /** `cache` and `remote cache`: Nx restored it; `built`: it was executed. */
  readonly from: 'built' | 'cache' | 'remote cache';
  readonly ok: boolean;
  readonly seconds: number;
  /** Nx's hash of the task. */
  readonly hash: string;
}

/**
 * Runs tasks with the workspace's nx, with its output on ours, and with the shared cache beside it where DOCKYARD_CACHE names one.
 *
 * @param args of nx: a command that runs tasks
 * @param o.env added to the environment
 * @param o.verbose everything that nx, tasks and engines print, as they print it
 * @returns nx's exit code, and what became of each task
 */
export async function runTasks(
  args: readonly string[],
  o: { env: Readonly<Record<string, string>>; verbose: boolean },
): Promise<{ exitCode: number; outcomes: Map<string, TaskOutcome> }> {
  const log = nxLog();
  const started = Date.now();
  const { exitCode } = await runWithCache(
    {
      command: join(WORKSPACE, 'node_modules', '.bin', 'nx'),
      args: o.verbose ? [...args, '--verbose', '--output-style=stream'] : args,
      cwd: WORKSPACE,
      env: {
        NX_TUI: 'false',
        ...nxColourEnvironment(),
        // With these and no style of output nx streams what tasks print, and has a line for each that comes out of a cache.
        ...(!o.verbose && { NX_STREAM_OUTPUT: 'true', NX_PREFIX_OUTPUT: 'true' }),
        ...o.env,
      },
    },
    {
      env: process.env,
      signal: cancellation.signal,
      onLine: (line, stream) => {
        if (cancellation.signal.aborted) return;
        for (const shown of o.verbose ? [line] : log.line(line)) printLine(shown, stream);
      },
      warn: (line) => {
        printLine(`Shared cache: ${line}`, 'stderr');
      },
    },
  );
  const outcomes = await lastRun(started);
  // Nx failed, and no task did: only its report says why.
  if (exitCode !== 0 && [...outcomes.values()].every(({ ok }) => ok))
    for (const line of log.report()) printLine(line, 'stderr');
  return { exitCode, outcomes };
}

/** Prints a line of an external command where it printed it. */
export function printLine(line: string, stream: 'stdout' | 'stderr'): void {
  (stream === 'stdout' ? process.stdout : process.stderr).write(`${line}\n`);
}

/**
 * Reads what Nx recorded of its last run.
 *
 * @param since milliseconds since 1970: when our run was started; an older record isn't ours
 * @returns outcomes by task id (`redis:compile:amd64`); empty where there is no record of our run
 */
export async function lastRun(since: number): Promise<Map<string, TaskOutcome>> {
  // Where `cacheDirectory` of nx.json points, and Nx writes `run.json` at the end of every run.
  const text = await readFile(join(WORKSPACE, '.nx', 'cache', 'run.json'), 'utf8').catch(() => undefined);
  return text === undefined ? new Map() : parseRun(text, since);
}

const runRecord = z.object({
  run: z.object({ startTime: z.string() }),
  tasks: z
    .array(
      z.object({
        taskId: z.string(),
        hash: z.string(),
        startTime: z.string(),
        endTime: z.string(),
        cacheStatus: z.string(),
        status: z.number(),
      }),
    )
    .default([]),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** {@link lastRun} on the text of `run.json`. */
export function parseRun(text: string, since: number): Map<string, TaskOutcome> {
  const record = runRecord.safeParse(parseJson(text)).data;
  // One that a run which was killed has cut off tells of nothing.
  if (record === undefined || !(Date.parse(record.run.startTime) >= since)) return new Map();
  const from = { 'local-cache-hit': 'cache', 'remote-cache-hit': 'remote cache' } as const;
  return new Map(
    record.tasks.map(({ taskId, hash, startTime, endTime, cacheStatus, status }) => [
      taskId,
      {
        from: cacheStatus in from ? from[cacheStatus as keyof typeof from] : 'built',
        ok: status === 0,
        hash,
        seconds: Math.max(0, (Date.parse(endTime) - Date.parse(startTime)) / 1000),
      },
    ]),
  );
}

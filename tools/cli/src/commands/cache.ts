import { UserError } from '@dockyard/exec';
import { gitlabSections } from '@dockyard/pipeline';
import { Client, type RepositoryName } from '@dockyard/registry';
import {
  type BuiltTask,
  cacheRepositories,
  type CacheCounts,
  emptyRepository,
  removeUnused,
  runWithCache,
} from '@dockyard/remote-cache';
import { cancellation } from '../cancellation.ts';
import { lastRun, printLine } from '../nx.ts';
import { formatBytes } from '../text.ts';

/**
 * Runs a command with the shared cache beside it, and notes how long what it built took. In a job of GitLab each task becomes a section
 * of the log.
 *
 * @param words the command
 * @returns its exit code
 * @throws {UserError} DOCKYARD_CACHE names no repository
 */
export async function run(words: readonly string[]): Promise<number> {
  const [command = '', ...args] = words;
  const sections = process.env['GITLAB_CI'] === 'true' ? gitlabSections(() => Date.now() / 1000) : undefined;
  const print = (line: string, stream: 'stdout' | 'stderr'): void => {
    for (const one of sections?.line(line) ?? [line]) printLine(one, stream);
  };
  const warn = (line: string): void => {
    printLine(`Shared cache: ${line}`, 'stderr');
  };
  const started = Date.now();
  const { exitCode, counts } = await runWithCache(
    { command, args },
    { env: process.env, onLine: print, warn, signal: cancellation.signal, built: () => builtSince(started) },
  );
  for (const line of sections?.end() ?? []) printLine(line, 'stdout');
  if (counts !== undefined) printLine(describe(counts), 'stderr');
  return exitCode;
}

/** Those that failed and those that came from a cache say nothing of how long a task takes. */
async function builtSince(started: number): Promise<BuiltTask[]> {
  return [...(await lastRun(started))].flatMap(([id, { from, ok, hash, seconds }]) =>
    from === 'built' && ok ? [{ id, hash, seconds }] : [],
  );
}

function describe({ hits, misses, written, bytesRead, bytesWritten }: CacheCounts): string {
  const found = `${String(hits)} of ${String(hits + misses)} entries found (${formatBytes(bytesRead)})`;
  return `Shared cache: ${found}, ${String(written)} written (${formatBytes(bytesWritten)})`;
}

/**
 * Removes entries of the shared cache that nobody used, of every level of trust.
 *
 * @param days that an entry is kept after its last use
 * @returns exit code; 1 where the registry deletes nothing
 * @throws {UserError} DOCKYARD_CACHE isn't set, or the registry refuses
 */
export async function retain(days: number): Promise<number> {
  return tidyUp(['protected', 'unprotected'], (client, repository, report) =>
    removeUnused(client, repository, { days, report }),
  );
}

/**
 * Removes all entries of one level of trust.
 *
 * @param level whose entries go
 * @param dryRun count them, and remove nothing
 * @returns exit code; 1 where the registry deletes nothing
 * @throws {UserError} DOCKYARD_CACHE isn't set, or the registry refuses
 */
export async function empty(level: Level, dryRun: boolean): Promise<number> {
  return tidyUp([level], (client, repository, report) => emptyRepository(client, repository, { dryRun, report }));
}

type Level = 'protected' | 'unprotected';

async function tidyUp(
  levels: readonly Level[],
  remove: (
    client: Client,
    repository: RepositoryName,
    report: (line: string) => void,
  ) => Promise<{ readonly refused: number }>,
): Promise<number> {
  const repositories = cacheRepositories(process.env);
  if (repositories === undefined)
    throw new UserError('DOCKYARD_CACHE names no cache to tidy up.', {
      hint: 'Set it to its repository, such as registry.example.com/group/project/cache.',
    });
  const client = new Client({ signal: cancellation.signal });
  let refused = 0;
  try {
    for (const level of levels)
      refused += (await remove(client, repositories[level], (line) => printLine(line, 'stdout'))).refused;
  } finally {
    await client.close();
  }
  return refused === 0 ? 0 : 1;
}

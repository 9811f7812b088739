import { tmpdir } from 'node:os';
import { gitlabJob } from '@dockyard/checkout';
import { type Command, exec, withTemporaryDirectory } from '@dockyard/exec';
import { Client } from '@dockyard/registry';
import { type Access, cacheAccess } from './access.ts';
import { startCacheServer } from './server.ts';
import { type CacheCounts, CacheStore } from './store.ts';
import type { BuiltTask } from './times.ts';

/** One that works slowly is worth less than building: milliseconds of silence and bytes a second, and few attempts. */
const PATIENCE = {
  silenceMs: 20_000,
  slowest: 256 << 10,
  patience: { attempts: 2, backOffMs: 500, mostWaitMs: 5_000 },
};

/**
 * Runs a command with the shared cache beside it; without DOCKYARD_CACHE, just runs it.
 *
 * @param command such as `npx nx affected -t image`
 * @param o.env the environment, which says what may be read and written ({@link cacheAccess})
 * @param o.onLine takes the command's output
 * @param o.warn takes a line about what of the cache doesn't work
 * @param o.built tells after the command which tasks it built; on a protected ref their durations are noted
 * @returns the command's exit code, and what went through the cache
 * @throws {UserError} DOCKYARD_CACHE names no repository
 */
export async function runWithCache(
  command: Command,
  o: {
    env: Readonly<Record<string, string | undefined>>;
    onLine: (line: string, stream: 'stdout' | 'stderr') => void;
    warn: (line: string) => void;
    signal?: AbortSignal;
    access?: Access;
    built?: () => Promise<readonly BuiltTask[]>;
  },
): Promise<{ exitCode: number; counts?: CacheCounts }> {
  const access = o.access ?? cacheAccess(o.env);
  const options = { reject: false, onLine: o.onLine, ...(o.signal !== undefined && { signal: o.signal }) };
  if (access === undefined) return { exitCode: (await exec(command, options)).exitCode };
  const { commit } = gitlabJob(o.env);
  const client = new Client({ ...PATIENCE, ...(o.signal !== undefined && { signal: o.signal }) });
  try {
    return await withTemporaryDirectory(tmpdir(), 'dockyard-cache-', async (folder) => {
      const store = new CacheStore({ client, access, warn: o.warn, ...(commit !== undefined && { commit }) });
      const server = await startCacheServer(store, folder);
      try {
        const env = {
          ...command.env,
          NX_SELF_HOSTED_REMOTE_CACHE_SERVER: server.url,
          NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: server.token,
        };
        const { exitCode } = await exec({ ...command, env }, options);
        if (o.built !== undefined && o.signal?.aborted !== true) await store.noteTimes(await o.built());
        return { exitCode, counts: store.counts };
      } finally {
        await server.close();
      }
    });
  } finally {
    await client.close();
  }
}

/**
 * Reads how long tasks took when protected refs built them last.
 *
 * @param o.env the environment, which names the cache
 * @param o.warn takes a line where the registry doesn't tell
 * @returns seconds by task id; nothing without DOCKYARD_CACHE
 * @throws {UserError} DOCKYARD_CACHE names no repository
 */
export async function recordedTimes(o: {
  env: Readonly<Record<string, string | undefined>>;
  warn: (line: string) => void;
  signal?: AbortSignal;
}): Promise<Readonly<Record<string, number>>> {
  const access = cacheAccess(o.env);
  if (access === undefined) return {};
  const client = new Client({ ...PATIENCE, ...(o.signal !== undefined && { signal: o.signal }) });
  try {
    return await new CacheStore({ client, access, warn: o.warn }).times();
  } finally {
    await client.close();
  }
}

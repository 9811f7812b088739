import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type HookArguments, type HookName, type HookResult, hooks } from './hooks.ts';

const WORKSPACE = join(import.meta.dirname, '..', '..', '..');
const atStart = stateOfSources();

/**
 * Calls a hook as the plugin's source is now. Nx's daemon loads a plugin once and keeps it, through edits of it and changes of branch: where
 * any of the source is not what it was at the start, the hook runs in a thread that loads it anew.
 *
 * @param name of the hook.
 * @param args of the hook.
 * @returns what the hook returns.
 * @throws what the hook throws; out of a thread an Error with its message and stack.
 */
export async function callHook<N extends HookName>(name: N, ...args: HookArguments<N>): Promise<HookResult<N>> {
  if (stateOfSources() === atStart) return hooks[name](...args);
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('hook-thread.ts', import.meta.url), { workerData: { name, args } });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => {
      // After a result or an error this comes too late to say anything.
      reject(new Error(`${name} ended with exit code ${String(code)} and no result`));
    });
  });
}

/** When each file that a hook may load was last written. */
function stateOfSources(): string {
  return globSync('{libs/*,tools/nx-images}/src/**/*.ts', { cwd: WORKSPACE })
    .map((path) => `${path} ${String(statSync(join(WORKSPACE, path), { throwIfNoEntry: false })?.mtimeMs)}`)
    .sort()
    .join('\n');
}

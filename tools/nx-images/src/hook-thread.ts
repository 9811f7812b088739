import { parentPort, workerData } from 'node:worker_threads';
import { type HookName, hooks } from './hooks.ts';

// A thread that `callHook` starts, and which has loaded none of the plugin's code before.
const { name, args } = workerData as { name: HookName; args: unknown[] };
const hook = hooks[name] as (...args: unknown[]) => Promise<unknown>;
parentPort?.postMessage(await hook(...args));

import { readdir, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process that runs in a lab's root. */
export interface LabProcess {
  readonly pid: number;
  readonly name: string;
}

/**
 * Finds the processes of a root by their root folder, in whatever mount namespace they see it. A pid file could name a
 * stranger after a reboot; this can't.
 *
 * @param root the lab's root
 */
export async function processesIn(root: string): Promise<LabProcess[]> {
  const folder = await stat(root).catch(() => undefined);
  if (folder === undefined) return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const its = await stat(`/proc/${String(pid)}/root`);
        if (its.dev !== folder.dev || its.ino !== folder.ino) return [];
        return [{ pid, name: (await readFile(`/proc/${String(pid)}/comm`, 'utf8')).trim() }];
      } catch {
        return []; // it ended meanwhile
      }
    }),
  );
  return found.flat();
}

/**
 * Ends processes of a root: SIGTERM, and SIGKILL for what is left after the grace.
 *
 * @param root the lab's root
 * @param select which of them
 * @param graceMs milliseconds between the two
 */
export async function endProcesses(
  root: string,
  select: (process: LabProcess) => boolean,
  graceMs: number,
): Promise<void> {
  const signalled = new Set<number>();
  const deadline = Date.now() + graceMs;
  for (;;) {
    const left = (await processesIn(root)).filter(select);
    if (left.length === 0) return;
    const late = Date.now() >= deadline;
    for (const { pid } of left) {
      if (signalled.has(pid) && !late) continue;
      signalled.add(pid);
      try {
        process.kill(pid, late ? 'SIGKILL' : 'SIGTERM');
      } catch {
        // it ended meanwhile
      }
    }
    await sleep(100);
  }
}

import { exec } from '@dockyard/exec';
import { withLabLock } from './lock.ts';
import { unmountBelow } from './mounts.ts';
import { removeBridge } from './network.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { endProcesses } from './processes.ts';

/**
 * Stops whatever runs in a lab, whoever started it, and undoes its mounts, its bridge and its firewall rules. The root and the images stay for the next start.
 * Does nothing where nothing runs.
 *
 * @param options.dir the lab's folder
 */
export async function stopLab(options: { readonly dir: string }): Promise<void> {
  const paths = labPaths(options.dir);
  await withLabLock(paths, () => stopDaemons(paths));
}

/** {@link stopLab} for who holds the lock. */
export async function stopDaemons(paths: LabPaths): Promise<void> {
  await closeSshMaster(paths);
  await endProcesses(paths.root, ({ name }) => name !== 'dockerd' && name.startsWith('ssh'), 5_000);
  // dockerd ends its containers and its containerd itself; what it leaves (it was killed, say) goes after it.
  await endProcesses(paths.root, ({ name }) => name === 'dockerd', 60_000);
  await endProcesses(paths.root, () => true, 10_000);
  await removeBridge(paths);
  await unmountBelow(paths.dir);
}

async function closeSshMaster(paths: LabPaths): Promise<void> {
  await exec(
    { command: 'ssh', args: ['-F', `${paths.ssh}/config`, '-O', 'exit', 'lab'] },
    { reject: false, timeoutMs: 10_000 },
  ).catch(() => undefined);
}

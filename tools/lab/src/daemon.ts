import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { exec, UserError } from '@dockyard/exec';

// A root of its own, not a mere chroot: what enters a container's namespaces (`docker exec`) would else find the machine's root.
const IN_ROOT = 'cd "$0" && mkdir -p .machine && pivot_root . .machine && umount -l /.machine && exec "$@"';

/**
 * Starts a daemon in a root that outlives us (`exec` ends its children with us).
 *
 * @param options.root a mount point
 * @param options.log file that takes its output
 * @param options.command absolute program in the root, and its arguments
 */
export async function startDaemon(options: {
  readonly root: string;
  readonly log: string;
  readonly command: readonly [string, ...string[]];
}): Promise<void> {
  await exec({
    command: 'start-stop-daemon',
    // --startas rather than --chroot, so that the log is opened outside of the root.
    args: [
      ...['--start', '--quiet', '--background', '--output', options.log],
      // Nothing to match: the caller has looked for a running one.
      ...['--pidfile', '/nonexistent', '--startas', '/usr/bin/unshare', '--'],
      ...['--mount', '--propagation', 'slave', 'sh', '-c', IN_ROOT, options.root, ...options.command],
    ],
  });
}

/**
 * Waits until a daemon answers.
 *
 * @param options.name for the error
 * @param options.ready asked several times a second
 * @param options.alive whether its process is still there
 * @param options.log its log, whose end goes into the error
 * @throws {UserError} it ended or did not answer in time
 */
export async function waitForDaemon(options: {
  readonly name: string;
  readonly ready: () => Promise<boolean>;
  readonly alive: () => Promise<boolean>;
  readonly log: string;
}): Promise<void> {
  const started = Date.now();
  for (;;) {
    if (await options.ready()) return;
    const elapsed = Date.now() - started;
    // The process needs a moment to appear.
    const ended = elapsed > 3000 && !(await options.alive());
    if (ended || elapsed > 120_000)
      throw new UserError(
        `${options.name} ${ended ? 'ended at once' : 'did not answer within two minutes'}:\n${await tail(options.log)}`,
        { hint: `Its whole log: ${options.log}` },
      );
    await sleep(250);
  }
}

async function tail(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return '(no log)';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 4000);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8', 0, bytesRead).trimEnd();
  } finally {
    await file.close();
  }
}

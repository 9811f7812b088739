import { chmod, readdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandError, exec, UserError, withTemporaryDirectory } from '@dockyard/exec';
import { isExecutable } from './availability.ts';

/**
 * Has one program of a Debian package unpacked into a folder, where it isn't yet. Nothing is installed on the machine: many packages would
 * start a service. Safe when called by several processes at once.
 *
 * @param options.package Debian's name of it
 * @param options.program path in the package, such as `usr/bin/docker-registry`
 * @param options.to absolute path that it gets
 * @param options.report called with a line about each slow step; silent by default
 * @returns `options.to`
 * @throws {UserError} the package can't be had
 */
export async function ensureProgram(options: {
  readonly package: string;
  readonly program: string;
  readonly to: string;
  readonly report?: (line: string) => void;
}): Promise<string> {
  const { to } = options;
  if (await isExecutable(to)) return to;
  options.report?.(`downloading Debian's package ${options.package}`);
  try {
    await withTemporaryDirectory(dirname(to), '.partial-', async (folder) => {
      await download(options.package, folder);
      const file = (await readdir(folder)).find((name) => name.endsWith('.deb'));
      if (file === undefined) throw new UserError(`apt-get downloaded no ${options.package}`);
      await exec({ command: 'dpkg-deb', args: ['--extract', join(folder, file), join(folder, 'root')] });
      const unpacked = join(folder, 'root', options.program);
      await chmod(unpacked, 0o755);
      await rename(unpacked, to);
    });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(`Debian's package ${options.package} could not be had: ${error.message}`, {
      hint: "Debian's packages must be reachable from this machine (try `apt-get update`).",
      cause: error,
    });
  }
  return to;
}

async function download(name: string, folder: string): Promise<void> {
  const command = { command: 'apt-get', args: ['-qq', 'download', name], cwd: folder };
  const first = await exec(command, { reject: false });
  if (first.exitCode === 0) return;
  // A fresh machine has no lists yet, and old lists name packages that are gone. Only root may renew them.
  if (process.getuid?.() === 0) await exec({ command: 'apt-get', args: ['-qq', 'update'] });
  await exec(command);
}

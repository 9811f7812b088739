import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, exec, UserError } from '@dockyard/exec';
import { onPath } from '../availability.ts';

const PACKAGE = 'docker-registry';

/**
 * Finds the reference registry, or unpacks Debian's package of it into a folder: installed, it would start as a service of the machine.
 *
 * @param dir absolute path of the lab's folder
 * @returns what to run
 * @throws {UserError} the package can't be had
 */
export async function registryBinary(dir: string): Promise<string> {
  if (await onPath(PACKAGE)) return PACKAGE;
  const unpacked = join(dir, 'registry');
  const binary = join(unpacked, 'usr', 'bin', PACKAGE);
  const isThere = () =>
    access(binary).then(
      () => true,
      () => false,
    );
  if (await isThere()) return binary;
  await mkdir(dir, { recursive: true });
  const folder = await mkdtemp(join(dir, 'registry-'));
  try {
    await exec({ command: 'apt-get', args: ['-qq', 'download', PACKAGE], cwd: folder });
    const [file = ''] = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
    await exec({ command: 'dpkg-deb', args: ['-x', join(folder, file), join(folder, 'root')] });
    await rename(join(folder, 'root'), unpacked).catch(async (error: unknown) => {
      if (!(await isThere())) throw error;
    });
    return binary;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new UserError(`There is no registry to test with: ${error.message}`, {
      hint: `Install Debian's ${PACKAGE}, or run apt-get update.`,
      cause: error,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

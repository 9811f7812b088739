import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, UserError } from '@dockyard/exec';
import type { LabPaths } from './paths.ts';

/**
 * Lists the mount points at or below a folder, as `/proc/self/mountinfo` (proc(5)) holds them.
 *
 * @param mountinfo the file's text
 * @param dir absolute folder
 * @returns the newest first, so that they can be unmounted in this order; a place mounted twice is there twice
 */
export function mountsBelow(mountinfo: string, dir: string): string[] {
  return mountinfo
    .split('\n')
    .flatMap((line) => {
      const escaped = line.split(' ')[4];
      if (escaped === undefined) return [];
      const path = escaped.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
      return path === dir || path.startsWith(`${dir}/`) ? [path] : [];
    })
    .reverse();
}

/** Gives the root what dockerd needs: the kernel's file systems, a fresh /run, and the data folder. Does nothing twice. */
export async function mountLab(paths: LabPaths): Promise<void> {
  const mounted = new Set(mountsBelow(await mountinfo(), paths.root));
  // runc makes its / a slave mount, so the chroot's / has to be a mount.
  if (!mounted.has(paths.root)) {
    await exec({ command: 'mount', args: ['--bind', paths.root, paths.root] });
    await exec({ command: 'mount', args: ['--make-private', paths.root] });
  }
  for (const name of ['proc', 'sys', 'dev']) {
    const target = join(paths.root, name);
    if (mounted.has(target)) continue;
    await exec({ command: 'mount', args: ['--rbind', `/${name}`, target] });
    // Without this, unmounting below the root would unmount on the machine too.
    await exec({ command: 'mount', args: ['--make-rslave', target] });
  }
  const run = join(paths.root, 'run');
  if (!mounted.has(run)) await exec({ command: 'mount', args: ['-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', run] });
  const data = join(paths.root, 'var/lib/docker');
  if (!mounted.has(data)) {
    await mkdir(paths.data, { recursive: true });
    await exec({ command: 'mount', args: ['--bind', paths.data, data] });
  }
}

/**
 * Unmounts everything below a folder.
 *
 * @throws {UserError} something is still mounted; deleting the folder would then delete the machine's own files
 */
export async function unmountBelow(dir: string): Promise<void> {
  for (const path of mountsBelow(await mountinfo(), dir)) {
    const plain = await exec({ command: 'umount', args: [path] }, { reject: false });
    if (plain.exitCode !== 0) await exec({ command: 'umount', args: ['--lazy', path] }, { reject: false });
  }
  const left = mountsBelow(await mountinfo(), dir);
  if (left.length > 0)
    throw new UserError(`Still mounted: ${left.join(', ')}`, { hint: 'Unmount them by hand; delete nothing before.' });
}

/**
 * Removes a folder of root's, and first whatever is mounted below it.
 *
 * @throws {UserError} something can't be unmounted
 */
export async function removeTree(dir: string): Promise<void> {
  await unmountBelow(dir);
  await exec({ command: 'rm', args: ['-rf', '--one-file-system', dir] });
}

async function mountinfo(): Promise<string> {
  return readFile('/proc/self/mountinfo', 'utf8');
}

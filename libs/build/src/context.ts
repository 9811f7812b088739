import { chmod, copyFile, glob, lstat, lutimes, mkdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join, matchesGlob, posix } from 'node:path';
import type { ParsedDockerfile } from '@dockyard/definition';
import { contextPatterns, NEVER_IN_CONTEXT } from './inputs.ts';
import type { Project } from './project.ts';

/**
 * Fills a folder with exactly the files that a Dockerfile copies from the build context, so that a build can't see an
 * input that Nx doesn't hash. Git keeps only the executable bit and no times: modes become 0755 or 0644 and times the epoch,
 * whatever this checkout has.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param o.project the image definition.
 * @param o.parsed the Dockerfile whose context this is.
 * @param o.epoch seconds since 1970-01-01 UTC.
 * @param o.output existing empty folder.
 * @returns the staged paths, relative to `output`, sorted.
 */
export async function stageContext(o: {
  workspace: string;
  project: Project;
  parsed: ParsedDockerfile;
  epoch: number;
  output: string;
}): Promise<string[]> {
  const { folders } = o.project;
  const patterns = contextPatterns(o.project, o.parsed);
  const staged = new Map<string, string>();
  for await (const path of glob(patterns, { cwd: o.workspace })) {
    const folder = folders.find((candidate) => path.startsWith(`${candidate}/`));
    if (folder === undefined) continue;
    const name = posix.relative(folder, path);
    if (NEVER_IN_CONTEXT.some((pattern) => matchesGlob(name, pattern))) continue;
    const other = staged.get(name);
    if (other === undefined || folders.indexOf(folder) < folders.findIndex((f) => other.startsWith(`${f}/`))) {
      staged.set(name, path);
    }
  }
  const names = [...staged.keys()].sort();
  const folderNames = new Set<string>();
  for (const name of names) {
    const from = join(o.workspace, staged.get(name) ?? name);
    const to = join(o.output, name);
    const stats = await lstat(from);
    if (stats.isDirectory()) {
      await mkdir(to, { recursive: true });
      folderNames.add(name);
      continue;
    }
    await mkdir(dirname(to), { recursive: true });
    for (let folder = posix.dirname(name); folder !== '.'; folder = posix.dirname(folder)) folderNames.add(folder);
    if (stats.isSymbolicLink()) await symlink(await readlink(from), to);
    else {
      await copyFile(from, to);
      await chmod(to, (stats.mode & 0o100) === 0 ? 0o644 : 0o755);
    }
    await lutimes(to, o.epoch, o.epoch);
  }
  // Deepest first: writing into a folder changes its time.
  for (const name of [...folderNames].sort().reverse()) {
    await chmod(join(o.output, name), 0o755);
    await lutimes(join(o.output, name), o.epoch, o.epoch);
  }
  await lutimes(o.output, o.epoch, o.epoch);
  return names;
}

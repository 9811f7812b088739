import { chmod, copyFile, lstat, lutimes, mkdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { ParsedDockerfile } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import { isExecutable } from '@dockyard/checkout';
import { anyOf, contextFiles, type Project } from '@dockyard/project';
import { ROOTFS } from './sources.ts';

/**
 * Fills a folder with exactly the files that a Dockerfile copies from the build context, so that a build can't see an
 * input that Nx doesn't hash. Git keeps only the executable bit and no times: modes become 0755 or 0644 and times the epoch,
 * whatever this checkout has.
 *
 * @param o.workspace absolute path of the workspace root.
 * @param o.project the image definition.
 * @param o.parsed the Dockerfile whose context this is.
 * @param o.files the files of the definition's folders, as `listFiles` lists them.
 * @param o.epoch seconds since 1970-01-01 UTC.
 * @param o.output existing folder.
 * @returns the staged paths of files, relative to `output`, sorted.
 * @throws UserError where the Dockerfile copies a path that isn't there.
 */
export async function stageContext(o: {
  workspace: string;
  project: Project;
  parsed: ParsedDockerfile;
  files: readonly string[];
  epoch: number;
  output: string;
}): Promise<string[]> {
  const staged = contextFiles(o.project, o.parsed, o.files);
  refuseMissing(o.project, o.parsed, [...staged.keys()]);
  const folders = new Set<string>();
  for (const [name, path] of staged) {
    const from = join(o.workspace, path);
    const to = join(o.output, name);
    await mkdir(dirname(to), { recursive: true });
    for (let folder = posix.dirname(name); folder !== '.'; folder = posix.dirname(folder)) folders.add(folder);
    const stats = await lstat(from);
    if (stats.isSymbolicLink()) await symlink(await readlink(from), to);
    else {
      await copyFile(from, to);
      await chmod(to, isExecutable(stats.mode) ? 0o755 : 0o644);
    }
    await lutimes(to, o.epoch, o.epoch);
  }
  // Deepest first: writing into a folder changes its time.
  for (const folder of [...folders].sort().reverse()) {
    await chmod(join(o.output, folder), 0o755);
    await lutimes(join(o.output, folder), o.epoch, o.epoch);
  }
  await lutimes(o.output, o.epoch, o.epoch);
  return [...staged.keys()];
}

function refuseMissing(project: Project, parsed: ParsedDockerfile, names: readonly string[]): void {
  const missing = parsed.contextPaths.filter(({ path }) => {
    if (path === '.' || (path === ROOTFS && project.definition.packages?.bootstrap === true)) return false;
    return !names.some(anyOf([path]));
  });
  if (missing.length === 0) return;
  throw new UserError(
    missing
      .map(({ path, line }) => `${parsed.file}:${line}  ${path} isn't in ${project.folders.join(' or ')}`)
      .join('\n'),
    { hint: 'Add the file. One that .gitignore or .dockerignore names, and a folder without files, counts as absent.' },
  );
}

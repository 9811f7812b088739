import { chmod, copyFile, lutimes, mkdir, readlink, symlink } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { ParsedDockerfile } from '@dockyard/dockerfile';
import { UserError } from '@dockyard/exec';
import type { WorkspaceFiles } from '@dockyard/checkout';
import { contextFiles, type Project } from '@dockyard/project';
import { type ContextMistake, contextMistakes } from './context-mistakes.ts';

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
 * @throws {UserError} the Dockerfile copies what isn't there, or what no build can see: every place, and what to do
 */
export async function stageContext(o: {
  workspace: string;
  project: Project;
  parsed: ParsedDockerfile;
  files: WorkspaceFiles;
  epoch: number;
  output: string;
}): Promise<string[]> {
  refuseMistakes(contextMistakes(o.project, o.parsed, o.files));
  const kinds = new Map(o.files.files.map(({ path, kind }) => [path, kind]));
  const staged = contextFiles(o.project, o.parsed, [...kinds.keys()]);
  const folders = new Set<string>();
  for (const [name, path] of staged) {
    const from = join(o.workspace, path);
    const to = join(o.output, name);
    await mkdir(dirname(to), { recursive: true });
    for (let folder = posix.dirname(name); folder !== '.'; folder = posix.dirname(folder)) folders.add(folder);
    const kind = kinds.get(path);
    if (kind === 'link') await symlink(await readlink(from), to);
    else {
      await copyFile(from, to);
      await chmod(to, kind === 'executable' ? 0o755 : 0o644);
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

/** @throws {UserError} with every mistake of a Dockerfile's context */
function refuseMistakes(mistakes: readonly ContextMistake[]): void {
  if (mistakes.length === 0) return;
  throw new UserError(
    mistakes.map(({ file, line, message, fix }) => `${file}:${line}  ${message}\n    ${fix}`).join('\n'),
  );
}

import { posix } from 'node:path';
import type { Diagnostic } from '@dockyard/diagnostic';
import type { DefinitionFiles } from './definition-files.ts';
import { packageLockOf, signatureKeyOf } from './inputs.ts';
import type { Project } from './project.ts';

/**
 * Names the locks and keys of all builds of a definition, whether they are there or not, and the folders that hold nothing else.
 *
 * @param project the image definition
 * @returns paths relative to the workspace root
 */
export function locksAndKeys(project: Project): string[] {
  const { definition, files } = project;
  const uses = files.compileDockerfile === undefined ? (['image'] as const) : (['compile', 'image'] as const);
  const locks = uses.flatMap((use) =>
    definition.platforms.map((platform) => packageLockOf(project, use, platform)).filter((path) => path !== undefined),
  );
  const keys = definition.sources.flatMap(({ signature }) =>
    signature === undefined ? [] : [signatureKeyOf(project, signature)],
  );
  const paths = [...locks, ...keys];
  const within = paths.map((path) => posix.dirname(path)).filter((folder) => !project.folders.includes(folder));
  return [...new Set([...within, ...paths])];
}

/**
 * Refuses symbolic links in place of what is read here: Nx hashes them as they were when the link was made, and git knows
 * no change of what they lead to.
 *
 * @param files where the definition's files come from
 * @param paths relative to the workspace root
 * @returns a diagnostic for each that is a link
 */
export function refuseLinks(files: Pick<DefinitionFiles, 'linkTarget'>, paths: readonly string[]): Diagnostic[] {
  return paths.flatMap((file) => {
    const target = files.linkTarget(file);
    if (target === undefined) return [];
    return [
      {
        file,
        line: 1,
        column: 1,
        message: `found a symbolic link to ${target}; allowed: a file of its own`,
        fix: 'put a copy in its place; what release lines share lies in the folder above theirs',
      },
    ];
  });
}

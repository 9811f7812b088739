import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The files that definitions consist of. All paths are relative to the workspace root and use `/`. */
export interface DefinitionFiles {
  /** The text of a file, or undefined where there is none that can be read. */
  read(path: string): string | undefined;
  /** The folders right below another that hold definitions. */
  definitionsBelow(folder: string): readonly string[];
}

/**
 * The files of definitions as they lie on disk, each asked for anew.
 *
 * @param workspace absolute path of the workspace root.
 */
export function filesOnDisk(workspace: string): DefinitionFiles {
  return {
    read: (path) => readIfFile(join(workspace, path)),
    definitionsBelow: (folder) =>
      readdirSync(join(workspace, folder), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => posix.join(folder, entry.name))
        .filter((path) => existsSync(join(workspace, path, 'image.yaml'))),
  };
}

/**
 * The files of all definitions of a workspace, for one reading of them: what release lines share is read once.
 *
 * @param workspace absolute path of the workspace root.
 * @param definitions paths of every `image.yaml`, relative to the root.
 */
export function filesOfWorkspace(workspace: string, definitions: readonly string[]): DefinitionFiles {
  const texts = new Map<string, string | undefined>();
  const below = Map.groupBy(
    definitions.map((path) => posix.dirname(path)),
    (path) => posix.dirname(path),
  );
  return {
    read: (path) => {
      if (!texts.has(path)) texts.set(path, readIfFile(join(workspace, path)));
      return texts.get(path);
    },
    definitionsBelow: (folder) => below.get(folder) ?? [],
  };
}

function readIfFile(path: string): string | undefined {
  try {
    // Most of those that are asked for aren't there, and an error of each would take longer than all else.
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? readFileSync(path, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}

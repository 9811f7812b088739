import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The files that definitions consist of. All paths are relative to the workspace root and use `/`. */
export interface DefinitionFiles {
  /** The text of a file, or undefined where there is none that can be read. A symbolic link is none. */
  read(path: string): string | undefined;
  /** Where a symbolic link leads, as it says itself; undefined for all else. */
  linkTarget(path: string): string | undefined;
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
    read: (path) => look(join(workspace, path)).text,
    linkTarget: (path) => look(join(workspace, path)).link,
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
  const seen = new Map<string, Found>();
  const below = Map.groupBy(
    definitions.map((path) => posix.dirname(path)),
    (path) => posix.dirname(path),
  );
  const lookOnce = (path: string): Found => {
    const found = seen.get(path) ?? look(join(workspace, path));
    seen.set(path, found);
    return found;
  };
  return {
    read: (path) => lookOnce(path).text,
    linkTarget: (path) => lookOnce(path).link,
    definitionsBelow: (folder) => below.get(folder) ?? [],
  };
}

/** What lies at a path: a file's text, a link's target, or neither. */
interface Found {
  readonly text?: string;
  readonly link?: string;
}

const NOTHING: Found = {};

function look(path: string): Found {
  try {
    // Most of those that are asked for aren't there, and an error of each would take longer than all else.
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isSymbolicLink() === true) return { link: readlinkSync(path) };
    return stats?.isFile() === true ? { text: readFileSync(path, 'utf8') } : NOTHING;
  } catch {
    return NOTHING;
  }
}

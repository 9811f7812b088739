const NAME = /^[a-z0-9][a-z0-9._-]*$/;

/**
 * The Nx project name of a definition's folder.
 *
 * @param root the folder from the root of the workspace: `images/<image>` or `images/<image>/<line>`
 * @returns `<image>` or `<image>-<line>`, such as `php-8.4`
 * @throws RangeError for a folder that lies elsewhere, or has a name that {@link misnamedFolder} refuses
 */
export function projectName(root: string): string {
  const match = /^images\/([^/]+)(?:\/([^/]+))?\/?$/.exec(root);
  const [, image, line] = match ?? [];
  if (image === undefined) {
    throw new RangeError(
      `${JSON.stringify(root)} is no folder of an image; allowed: images/<image> or images/<image>/<line>`,
    );
  }
  const misnamed = misnamedFolder(root);
  if (misnamed !== undefined) throw new RangeError(`${JSON.stringify(misnamed)} has no name that a project could have`);
  return line === undefined ? image : `${image}-${line}`;
}

/**
 * Finds the folder below `images/` whose name can't be part of a project's. Such names become words of shells, jobs of pipelines, tags and
 * files, so they are made of what means nothing else to any of these.
 *
 * @param root the folder from the root of the workspace
 * @returns its path from there; undefined where all names are of small letters, digits, `.`, `_` and `-` and begin with a letter or digit
 */
export function misnamedFolder(root: string): string | undefined {
  const names = root.replace(/\/$/, '').split('/');
  const at = names.findIndex((name, depth) => depth > 0 && !NAME.test(name));
  return at === -1 ? undefined : names.slice(0, at + 1).join('/');
}

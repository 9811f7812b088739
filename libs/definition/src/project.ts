/**
 * The Nx project name of a definition's folder.
 *
 * @param root the folder from the root of the workspace: `images/<image>` or `images/<image>/<line>`
 * @returns `<image>` or `<image>-<line>`, such as `php-8.4`
 * @throws RangeError for a folder that lies elsewhere
 */
export function projectName(root: string): string {
  const match = /^images\/([^/]+)(?:\/([^/]+))?\/?$/.exec(root);
  const [, image, line] = match ?? [];
  if (image === undefined) {
    throw new RangeError(
      `${JSON.stringify(root)} is no folder of an image; allowed: images/<image> or images/<image>/<line>`,
    );
  }
  return line === undefined ? image : `${image}-${line}`;
}

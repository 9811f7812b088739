import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@dockyard/exec';

/**
 * Tells where the sources of a workspace live: the `repository` of its package.json, a string or an object with `url`.
 *
 * @param manifest text of the root package.json.
 * @returns the URL without npm's `git+` before it; undefined where the field is absent.
 * @throws UserError where it is no URL: npm's shorthands such as `github:owner/name` mean nothing to who reads an image.
 * @see https://docs.npmjs.com/cli/configuring-npm/package-json#repository
 */
export function repositoryOf(manifest: string): string | undefined {
  const { repository } = JSON.parse(manifest) as { repository?: string | { url?: string } };
  const text = typeof repository === 'object' ? repository.url : repository;
  if (text === undefined) return undefined;
  const url = text.replace(/^git\+/, '');
  if (/^[a-z]+:\/\//.test(url) && URL.canParse(url)) return url;
  throw new UserError(`package.json: repository is no URL: ${JSON.stringify(text)}`, {
    hint: 'Write it in full, such as https://git.example.org/team/images.git, or leave it out.',
  });
}

/**
 * Reads {@link repositoryOf} a workspace.
 *
 * @param workspace absolute path of the workspace root.
 */
export async function readRepository(workspace: string): Promise<string | undefined> {
  return repositoryOf(await readFile(join(workspace, 'package.json'), 'utf8'));
}

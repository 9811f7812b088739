import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { WORKSPACE } from './root.ts';

/**
 * Formats a text as the repository's formatter does, so that generated files pass its check.
 *
 * @param path of the file that it will be in, which decides the language
 */
export async function format(path: string, text: string): Promise<string> {
  const command = join(WORKSPACE, 'node_modules', '.bin', 'prettier');
  const { stdout } = await exec({ command, args: ['--stdin-filepath', path], cwd: WORKSPACE, input: text });
  return `${stdout}\n`;
}

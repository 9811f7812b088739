import { posix } from 'node:path';
import { type Diagnostic, type Result, quote } from '@dockyard/diagnostic';
import { patternProblem } from './pattern.ts';

/**
 * Reads a .dockerignore in the form that both engines take (docs.docker.com, "Build context", .dockerignore files): a
 * pattern a line, in Go's `filepath.Match` with `**`, matched from the root of the context. A folder that matches is left
 * out with all that is in it.
 *
 * @param text what the file holds; line ends may be LF or CRLF, and a byte order mark may stand before it
 * @param file how messages name it, relative to the root of the workspace
 * @returns the patterns, without a slash at either end. Exceptions (`!pattern`) are refused: Nx could not hash exactly
 *   the files that are left.
 */
export function readDockerignore(text: string, file: string): Result<readonly string[]> {
  const patterns: string[] = [];
  const diagnostics: Diagnostic[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const pattern = line.trim();
    if (pattern === '' || line.startsWith('#')) continue;
    if (pattern.startsWith('!')) {
      diagnostics.push({
        file,
        line: index + 1,
        column: line.indexOf('!') + 1,
        message: `found the exception ${quote(pattern)}; allowed: patterns of what is left out`,
        fix: 'write the patterns so that nothing has to be let in again; only what the Dockerfile copies is in the context anyway',
      });
      continue;
    }
    const problem = patternProblem(pattern, { folders: true });
    if (problem !== undefined) {
      const message = `found ${quote(pattern)}: ${problem.message}`;
      diagnostics.push({ file, line: index + 1, column: line.indexOf(pattern) + 1, message, fix: problem.fix });
      continue;
    }
    const path = posix.normalize(pattern).replace(/^\/+|\/+$/g, '');
    if (path !== '' && path !== '.' && path !== '..' && !path.startsWith('../')) patterns.push(path);
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: [...new Set(patterns)] };
}

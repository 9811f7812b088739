/**
 * Tells why a path with wildcards doesn't mean the same to everybody who reads it: BuildKit, Podman, Nx and what lays out
 * the context. They agree on `*`, `?`, and classes such as `[a-c]` and `[^a]`.
 *
 * @param pattern in the form of Go's `filepath.Match`
 * @param options.folders whether `**` stands for any folders, as in .dockerignore
 * @returns what is wrong, and what to do about it; undefined where they agree
 */
export function patternProblem(
  pattern: string,
  { folders = false } = {},
): { readonly message: string; readonly fix: string } | undefined {
  if (pattern.includes('\\'))
    return {
      message: 'the engines do not agree on what a backslash in a path stands for',
      fix: 'rename the file, or name its folder',
    };
  if (!folders && pattern.includes('**'))
    return { message: '** stands for any folders to Podman alone', fix: 'name the folder: all in it comes along' };
  for (const [all, negation, body, end] of pattern.matchAll(/\[([!^]?)([^\]]*)(\]?)/g)) {
    if (end === '' || body === '' || /[[*?]/.test(body ?? ''))
      return { message: `${all} is no class of characters to all of them`, fix: 'write ? for any one character' };
    if (negation === '!')
      return { message: `${all} is a class with the character ! to the engines`, fix: `write [^${body}]` };
  }
  return undefined;
}

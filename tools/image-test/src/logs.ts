/**
 * Finds what a container logged since an earlier look. The two streams of an engine's log arrive in no fixed order among each other, so lines
 * are taken off by content rather than by position.
 *
 * @param before lines of the earlier look
 * @param now lines of this look
 * @returns the lines of `now` beyond those of `before`, in order
 */
export function linesSince(before: readonly string[], now: readonly string[]): string[] {
  const seen = new Map<string, number>();
  for (const line of before) seen.set(line, (seen.get(line) ?? 0) + 1);
  return now.filter((line) => {
    const count = seen.get(line) ?? 0;
    if (count > 0) seen.set(line, count - 1);
    return count === 0;
  });
}

/**
 * The end of a log, for an error.
 *
 * @param log whole log
 * @param lines how many lines at most
 */
export function tail(log: string, lines: number): string {
  const all = log.trimEnd().split('\n');
  return all.length === 1 && all[0] === '' ? '(it logged nothing)' : all.slice(-lines).join('\n');
}

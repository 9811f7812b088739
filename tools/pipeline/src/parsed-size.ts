/** Ruby's smallest object: https://github.com/ruby/ruby/blob/master/gc.c (a slot is five words). */
const SLOT = 40;
/** A string up to this long lies in its slot. */
const EMBEDDED_TEXT = 23;
const EMBEDDED_ITEMS = 3;
const WORD = 8;
/** A hash up to this long is a table of eight pairs behind its slot. */
const SMALL_HASH = 8;

/**
 * What GitLab counts of a configuration that it parsed: the memory of every object in it (`ObjectSpace.memsize_of`), which is several times
 * the size of the file. An estimate that is rather too high.
 *
 * @param value plain data, as it becomes YAML
 * @returns bytes
 * @see https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/utils/deep_size.rb
 */
export function parsedSize(value: unknown): number {
  if (typeof value === 'string') {
    const bytes = Buffer.byteLength(value);
    return SLOT + (bytes > EMBEDDED_TEXT ? bytes + 1 : 0);
  }
  if (Array.isArray(value)) {
    const own = SLOT + (value.length > EMBEDDED_ITEMS ? value.length * WORD : 0);
    return value.reduce<number>((sum, item) => sum + parsedSize(item), own);
  }
  if (typeof value === 'object' && value !== null) {
    const pairs = Object.entries(value);
    const table = pairs.length <= SMALL_HASH ? SMALL_HASH * 2 * WORD : pairs.length * 6 * WORD;
    // GitLab walks pairs, and counts each as an array.
    return pairs.reduce((sum, [key, item]) => sum + SLOT + parsedSize(key) + parsedSize(item), SLOT + table);
  }
  return SLOT;
}

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Whether a text is the whole id of a commit or a tree, and nothing that git would first have to make sense of: a branch, `HEAD@{now}`, an
 * option.
 *
 * @param text of any origin
 * @returns true for 40 hex digits, and for 64, as a repository of SHA-256 has them
 */
export function isCommitId(text: string): boolean {
  return ID.test(text);
}

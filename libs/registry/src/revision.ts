import { UserError } from '@dockyard/exec';
import type { Digest } from '@dockyard/oci';

/** A tag with what it points to. */
export interface TaggedDigest {
  readonly tag: string;
  /** Undefined: the registry lists the tag, and has lost what it points to. */
  readonly digest: Digest | undefined;
}

/**
 * The number of an immutable tag.
 *
 * @returns undefined where the tag isn't `<version>-r<number>`
 */
export function revisionOf(version: string, tag: string): number | undefined {
  const prefix = `${version}-r`;
  const number = tag.slice(prefix.length);
  return tag.startsWith(prefix) && /^[1-9]\d*$/.test(number) ? Number(number) : undefined;
}

/**
 * Finds the immutable tag of an index: the one that it has, else the next number, which no tag has ever had. So the number rises only with
 * the content, and no tag changes its meaning.
 *
 * @param version of the image: `8.0.2`
 * @param digest of the index
 * @param published the immutable tags of that version, in any order
 */
export function planRevision(version: string, digest: Digest, published: readonly TaggedDigest[]): string {
  const numbered = published
    .flatMap((one) => {
      const number = revisionOf(version, one.tag);
      return number === undefined ? [] : [{ ...one, number }];
    })
    .sort((one, other) => other.number - one.number);
  const same = numbered.find((one) => one.digest === digest);
  return same?.tag ?? `${version}-r${String((numbered[0]?.number ?? 0) + 1)}`;
}

/**
 * Takes the immutable tag that another registry has: one number means one content everywhere.
 *
 * @param tag of the other registry
 * @param digest of the index
 * @param published the immutable tags of this registry
 * @throws {UserError} the tag has another digest here
 */
export function adoptRevision(tag: string, digest: Digest, published: readonly TaggedDigest[]): string {
  const present = published.find((one) => one.tag === tag)?.digest;
  if (present !== undefined && present !== digest)
    throw new UserError(`${tag} is ${present} here and ${digest} in the first registry, and it never changes.`, {
      hint: 'Somebody else wrote it. Publish to another repository, or raise the number by a change of the image.',
    });
  return tag;
}

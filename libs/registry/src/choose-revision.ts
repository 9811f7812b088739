import { UserError } from '@dockyard/exec';
import type { Digest } from '@dockyard/oci';
import type { Client } from './client.ts';
import { readImmutableClaim } from './immutable-claims.ts';
import { type RepositoryName, repositoryText } from './reference.ts';
import { adoptRevision, planRevision, revisionOf, type TaggedDigest } from './revision.ts';

/** Anybody who may push can make a tag with a number as high as he likes. */
const MOST_GAPS = 100;

/** The immutable tag that an index gets. */
export interface ChosenRevision {
  readonly revision: string;
  /** It is what the tag has been published as already. */
  readonly claimed: boolean;
  /** What it leads to now; undefined where it isn't there. */
  readonly present: Digest | undefined;
}

/**
 * Chooses the immutable tag of an index, and holds those that the registry has of its version to what they were published as. A number that
 * was once published is never given to anything else, whatever became of its tag.
 *
 * @param o.prefix the repository below which the images lie
 * @param o.digest of the index
 * @param o.adopted the tag that another registry has for it
 * @throws {UserError} somebody has moved one of them, or the adopted one is something else here
 */
export async function chooseRevision(o: {
  readonly client: Client;
  readonly prefix: RepositoryName;
  readonly image: string;
  readonly version: string;
  readonly digest: Digest;
  readonly adopted?: string;
}): Promise<ChosenRevision> {
  const { client, prefix, image, version, digest } = o;
  const repository = { registry: prefix.registry, name: `${prefix.name}/${image}` };
  const claimOf = async (tag: string): Promise<Digest | undefined> =>
    (await readImmutableClaim(client, prefix, image, tag))?.digest;
  const listed = (await client.tags(repository)).filter((tag) => revisionOf(version, tag) !== undefined);
  const tags = await Promise.all(
    listed.map(async (tag) => {
      const [present, claimed] = await Promise.all([client.findManifest(repository, tag), claimOf(tag)]);
      if (present !== undefined && claimed !== undefined && present !== claimed)
        throw new UserError(
          `${repositoryText(repository)}:${tag} was moved: it was published as ${claimed} and is ${present}.`,
          {
            hint: `Find out who pushed it. Then put it back (skopeo copy --all docker://${repositoryText(repository)}@${claimed} docker://${repositoryText(repository)}:${tag}) and publish again.`,
          },
        );
      return { tag, present, claimed };
    }),
  );
  // What a registry has lost it may still list; the claim knows what it was.
  const known: TaggedDigest[] = tags.map(({ tag, present, claimed }) => ({ tag, digest: claimed ?? present }));
  // What has gone from below keeps its number too.
  const numbers = new Set(listed.map((tag) => revisionOf(version, tag) ?? 0));
  const gaps = Array.from({ length: Math.min(Math.max(0, ...numbers), MOST_GAPS) }, (_, at) => at + 1);
  for (const number of gaps.filter((one) => !numbers.has(one))) {
    const tag = `${version}-r${String(number)}`;
    known.push({ tag, digest: await claimOf(tag) });
  }
  const choose = (): string =>
    o.adopted === undefined ? planRevision(version, digest, known) : adoptRevision(o.adopted, digest, known);
  for (;;) {
    const revision = choose();
    const found = tags.find(({ tag }) => tag === revision);
    if (found !== undefined) return { revision, claimed: found.claimed === digest, present: found.present };
    const claimed = await claimOf(revision);
    if (claimed === undefined || claimed === digest)
      return { revision, claimed: claimed !== undefined, present: undefined };
    known.push({ tag: revision, digest: claimed });
  }
}

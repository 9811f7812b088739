import { UserError } from '@dockyard/exec';
import type { Digest } from '@dockyard/oci';
import { z } from 'zod';
import type { Client } from './client.ts';
import { parseJson } from './http.ts';
import { isImmutableClaim } from './immutable-claims.ts';
import { type RepositoryName, repositoryText } from './reference.ts';
import { agreedTime } from './clock.ts';
import { type Claim, dayOfNote, readClaimAt, stateOf } from './state.ts';

const DAY = 24 * 60 * 60 * 1000;

/** How {@link retainPublished} works. */
export interface RetainOptions {
  readonly client: Client;
  /** The repository below which the images lie. */
  readonly prefix: RepositoryName;
  /** Days that what no tag leads to is kept after it was pushed. */
  readonly days: number;
  /** Takes a line about each image of which something goes. */
  readonly report: (line: string) => void;
  /** Changes nothing. */
  readonly dryRun?: boolean;
}

/** A note of the repository of states, with what it points to. */
interface Note {
  readonly digest: Digest;
  readonly day: number;
  readonly claim: Claim | undefined;
}

/**
 * Removes the manifests that publishing has left and no tag leads to: of runs that failed, and notes of what was published once. Nothing
 * that has a tag goes, nor what an index with a tag holds, nor what a publishing of the last days may still tag. The OCI distribution
 * specification has no request for manifests without tags, so these are found by the notes that publishing writes before it pushes.
 *
 * @returns how many manifests went, and how many had to stay because the registry deletes nothing
 * @throws {UserError} the registry can't be asked, its clock and ours differ, or these credentials may not delete
 */
export async function retainPublished(o: RetainOptions): Promise<{ removed: number; refused: number }> {
  const { client, prefix, report, dryRun = false } = o;
  const state = stateOf(prefix);
  const { notes, current } = await readNotes(client, prefix);
  const now = Math.floor(agreedTime(client, state) / DAY);
  const old = notes.filter(({ day, digest }) => now - day > o.days && !current.has(digest));
  const young = notes.filter((note) => !old.includes(note));
  const counts = { removed: 0, refused: 0 };
  const remove = async (repository: RepositoryName, digest: Digest): Promise<boolean> => {
    const outcome = dryRun ? 'deleted' : await client.deleteManifest(repository, digest);
    if (outcome === 'deleted') counts.removed += 1;
    if (outcome === 'unsupported') counts.refused += 1;
    return outcome !== 'unsupported';
  };

  for (const [image, own] of Map.groupBy(old, ({ claim }) => claim?.image)) {
    let cleared = true;
    if (image !== undefined) {
      const repository = { registry: prefix.registry, name: `${prefix.name}/${image}` };
      const kept = new Set<Digest>([
        ...(await tagged(client, repository)),
        ...young.flatMap(({ claim }) => (claim?.image === image ? [claim.digest, ...claim.manifests] : [])),
      ]);
      // An index before its manifests: some registries keep what an index still names.
      const orphans = new Set(
        [
          ...own.flatMap(({ claim }) => claim?.digest ?? []),
          ...own.flatMap(({ claim }) => claim?.manifests ?? []),
        ].filter((digest) => !kept.has(digest)),
      );
      for (const digest of orphans) cleared = (await remove(repository, digest)) && cleared;
      if (orphans.size > 0)
        report(
          `${repositoryText(repository)}: ${String(orphans.size)} manifests without a tag ${cleared ? (dryRun ? 'would go' : 'removed') : 'stay: the registry deletes nothing'}`,
        );
    }
    // As long as something of it is left, the note is what finds it again.
    if (cleared) for (const { digest } of own) cleared = (await remove(state, digest)) && cleared;
  }
  return counts;
}

async function readNotes(
  client: Client,
  prefix: RepositoryName,
): Promise<{ notes: readonly Note[]; current: ReadonlySet<Digest> }> {
  const state = stateOf(prefix);
  const notes = new Map<Digest, Note>();
  const current = new Set<Digest>();
  for (const tag of await client.tags(state)) {
    // Never the manifest of a note; there may be thousands.
    if (isImmutableClaim(tag)) continue;
    const digest = await client.findManifest(state, tag);
    if (digest === undefined) continue;
    const day = dayOfNote(tag);
    if (day === undefined) current.add(digest);
    else if (day > (notes.get(digest)?.day ?? -1))
      notes.set(digest, { digest, day, claim: await readClaimAt(client, prefix, digest) });
  }
  return { notes: [...notes.values()], current };
}

const listing = z.looseObject({ manifests: z.array(z.looseObject({ digest: z.string() })).nullish() });

/** What the tags of a repository lead to, and what that holds. */
async function tagged(client: Client, repository: RepositoryName): Promise<Digest[]> {
  const digests: Digest[] = [];
  for (const tag of await client.tags(repository)) {
    const found = await client.pullManifest(repository, tag);
    if (found === undefined) continue;
    // Anybody may have put a tag here: whatever it is, its digest stays, and what it lists as an index does.
    const { data } = listing.safeParse(parseJson(found.bytes.toString('utf8')));
    if (data === undefined)
      throw new UserError(`${repositoryText(repository)}:${tag} can't be read, so nobody knows what it needs.`, {
        hint: 'Nothing of that repository was removed. Find out who pushed the tag, and remove it.',
      });
    digests.push(found.descriptor.digest, ...(data.manifests ?? []).map(({ digest }) => digest as Digest));
  }
  return digests;
}

import { UserError } from '@dockyard/exec';
import type { Digest } from '@dockyard/oci';
import type { Client } from './client.ts';
import { RegistryError } from './errors.ts';
import { type ImmutableClaim, isImmutableClaim, readImmutableClaimAt } from './immutable-claims.ts';
import { type RepositoryName, repositoryText } from './reference.ts';
import { type Claim, projectOf, readClaim, stateOf } from './state.ts';

/** What {@link verifyTags} found in one registry. */
export interface Verified {
  /** What is not as it was published, a sentence each. */
  readonly findings: readonly string[];
  /** Tags that were looked at. */
  readonly tags: number;
  readonly immutable: readonly ImmutableClaim[];
}

/**
 * Holds every tag of every image that was published below a prefix to what publishing has noted: an immutable tag leads to what it was
 * published as, a moving one to what the project that has it published last, and any other to something that was published at all. Nothing is
 * changed.
 *
 * @param o.prefix the repository below which the images lie
 * @throws {RegistryError} the registry can't be asked
 */
export async function verifyTags(o: { readonly client: Client; readonly prefix: RepositoryName }): Promise<Verified> {
  const { client, prefix } = o;
  const findings: string[] = [];
  const immutable: ImmutableClaim[] = [];
  const claims: Claim[] = [];
  for (const place of await client.tags(stateOf(prefix))) {
    const project = projectOf(place);
    if (isImmutableClaim(place)) {
      const claim = await readImmutableClaimAt(client, prefix, place).catch((error: unknown) => {
        // Not one of a registry that doesn't answer.
        if (!(error instanceof UserError) || error instanceof RegistryError) throw error;
        findings.push(error.message);
        return undefined;
      });
      if (claim !== undefined) immutable.push(claim);
    } else if (project !== undefined) {
      const claim = await readClaim(client, prefix, project);
      if (claim === undefined)
        findings.push(`${repositoryText(stateOf(prefix))}:${place} is not what publishing has written there.`);
      else claims.push(claim);
    }
  }
  let tags = 0;
  for (const image of new Set([...immutable, ...claims].map((claim) => claim.image))) {
    const own = { immutable: ofImage(immutable, image), claims: ofImage(claims, image) };
    const found = await verifyImage(client, { registry: prefix.registry, name: `${prefix.name}/${image}` }, own);
    findings.push(...found.findings);
    tags += found.tags;
  }
  return { findings, tags, immutable };
}

async function verifyImage(
  client: Client,
  repository: RepositoryName,
  { immutable, claims }: { immutable: readonly ImmutableClaim[]; claims: readonly Claim[] },
): Promise<{ findings: string[]; tags: number }> {
  const name = repositoryText(repository);
  const found = new Map<string, Digest | undefined>();
  for (const tag of await client.tags(repository)) {
    // What refers to a manifest is listed by these (OCI distribution spec 1.1, "Referrers Tag Schema").
    if (!/^sha(?:256|512)-[0-9a-f]{64}/.test(tag)) found.set(tag, await client.findManifest(repository, tag));
  }
  const findings = immutable
    .filter(({ revision }) => !found.has(revision))
    .map(({ revision, digest }) => `${name}:${revision} is not there; it was published as ${digest}, or about to be.`);
  const published = new Set([...immutable, ...claims].map(({ digest }) => digest));
  for (const [tag, digest] of found) {
    const fixed = immutable.filter(({ revision }) => revision === tag);
    const moving = claims.filter(({ tags }) => tags.includes(tag));
    const allowed = fixed.length > 0 ? fixed : moving;
    if (digest === undefined) findings.push(`${name}:${tag} leads to nothing: the registry has lost it.`);
    else if (allowed.length > 0) {
      if (!allowed.some((claim) => claim.digest === digest))
        findings.push(
          `${name}:${tag} was moved: it was published as ${allowed.map((claim) => claim.digest).join(' or ')} and is ${digest}.`,
        );
    } else if (/-r\d+$/.test(tag)) findings.push(`${name}:${tag} is ${digest}, and was never published.`);
    else if (!published.has(digest)) findings.push(`${name}:${tag} is ${digest}, which was never published.`);
  }
  return { findings, tags: found.size };
}

function ofImage<T extends { readonly image: string }>(claims: readonly T[], image: string): T[] {
  return claims.filter((claim) => claim.image === image);
}

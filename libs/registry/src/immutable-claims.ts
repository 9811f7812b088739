import { createHash } from 'node:crypto';
import { TAG } from '@dockyard/definition';
import { UserError } from '@dockyard/exec';
import type { Digest } from '@dockyard/oci';
import { z } from 'zod';
import { pullArtifact, pushArtifact } from './artifact.ts';
import type { Client } from './client.ts';
import { type RepositoryName, repositoryText } from './reference.ts';
import { stateOf } from './state.ts';

const TYPE = 'application/vnd.dockyard.immutable.v1+json';
const COMMIT = 'org.opencontainers.image.revision';
const IMAGE = 'dev.dockyard.image';
const INDEX = 'dev.dockyard.index';
const REVISION = 'dev.dockyard.revision';
const PREFIX = 'immutable-';

/** What an immutable tag stands for, for ever. */
export interface ImmutableClaim {
  /** Name of the image, which is that of its repository below the prefix. */
  readonly image: string;
  /** The tag. */
  readonly revision: string;
  /** Of the image index. */
  readonly digest: Digest;
  /** Full hash of the commit that was first published by it. */
  readonly commit: string;
}

const annotations = z.object({
  [COMMIT]: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  [IMAGE]: z.string().regex(/^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/),
  [INDEX]: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/)
    .transform((text) => text as Digest),
  [REVISION]: z.string().regex(TAG),
});

/** Whether a tag of the repository of states is one of a claim of an immutable tag. */
export function isImmutableClaim(tag: string): boolean {
  return tag.startsWith(PREFIX);
}

/**
 * Reads what an immutable tag was published as.
 *
 * @param prefix the repository below which the images lie
 * @returns undefined where it never was
 * @throws {UserError} something else stands where publishing keeps it
 */
export function readImmutableClaim(
  client: Client,
  prefix: RepositoryName,
  image: string,
  revision: string,
): Promise<ImmutableClaim | undefined> {
  return readImmutableClaimAt(client, prefix, placeOf(image, revision));
}

/**
 * Reads the claim that a tag of the repository of states points to, like {@link readImmutableClaim}.
 *
 * @param place one for which {@link isImmutableClaim} holds
 */
export async function readImmutableClaimAt(
  client: Client,
  prefix: RepositoryName,
  place: string,
): Promise<ImmutableClaim | undefined> {
  const found = await pullArtifact(client, stateOf(prefix), place, TYPE);
  if (found === undefined && (await client.findManifest(stateOf(prefix), place)) === undefined) return undefined;
  const { data } = annotations.safeParse(found?.annotations);
  if (data === undefined || placeOf(data[IMAGE], data[REVISION]) !== place)
    throw new UserError(`${repositoryText(stateOf(prefix))}:${place} is not what publishing has written there.`, {
      hint: 'Somebody else wrote it: find out who may push to that repository, and remove the tag there.',
    });
  return { image: data[IMAGE], revision: data[REVISION], digest: data[INDEX], commit: data[COMMIT] };
}

/** Notes what an immutable tag is, before it is pushed. */
export async function writeImmutableClaim(
  client: Client,
  prefix: RepositoryName,
  claim: ImmutableClaim,
): Promise<void> {
  const { image, revision, digest, commit } = claim;
  await pushArtifact(client, stateOf(prefix), placeOf(image, revision), {
    artifactType: TYPE,
    annotations: { [COMMIT]: commit, [IMAGE]: image, [INDEX]: digest, [REVISION]: revision },
    layers: [],
  });
}

/** Of a length that fits, whatever the names are; and no two have one. */
function placeOf(image: string, revision: string): string {
  return `${PREFIX}${createHash('sha256').update(`${image}:${revision}`).digest('hex').slice(0, 40)}`;
}

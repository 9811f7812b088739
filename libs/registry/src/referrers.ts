import { UserError } from '@dockyard/exec';
import { type Descriptor, type Digest, MEDIA_TYPES } from '@dockyard/oci';
import { z } from 'zod';
import { type Artifact, artifactManifest, EMPTY } from './artifact.ts';
import type { Client } from './client.ts';
import { type RepositoryName, repositoryText } from './reference.ts';

const index = z.object({
  mediaType: z.literal(MEDIA_TYPES.index),
  manifests: z.array(z.looseObject({ digest: z.string() })),
});

/**
 * Pushes an artifact that refers to a manifest of the same repository. Where the registry keeps no list of referrers by itself, which it says
 * in its answer, the list under the referrers tag is extended (OCI distribution spec 1.1, "Pushing Manifests with Subject").
 *
 * @param subject what it is about
 * @param artifact its blobs are in the repository already
 * @returns the artifact's digest
 * @throws {UserError} something else is under the referrers tag
 */
export async function pushReferrer(
  client: Client,
  repository: RepositoryName,
  subject: Descriptor,
  artifact: Artifact,
): Promise<Digest> {
  await client.pushBytes(repository, EMPTY, Buffer.from('{}'));
  const { bytes, descriptor } = artifactManifest({ ...artifact, subject });
  const { digest } = descriptor;
  if (await client.pushManifest(repository, digest, descriptor.mediaType, bytes)) return digest;

  const tag = referrersTag(subject.digest);
  const found = await client.pullManifest(repository, tag);
  const present = found === undefined ? { manifests: [] } : parse(found.bytes);
  if (present === undefined)
    throw new UserError(`${repositoryText(repository)}:${tag} is no list of referrers.`, {
      hint: 'The tag is kept for that by the OCI distribution spec: remove it, and publish again.',
    });
  if (present.manifests.some((entry) => entry.digest === digest)) return digest;
  const { artifactType, annotations } = artifact;
  const list = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.index,
    manifests: [...present.manifests, { ...descriptor, artifactType, annotations }],
  };
  await client.pushManifest(repository, tag, MEDIA_TYPES.index, Buffer.from(JSON.stringify(list)));
  return digest;
}

/**
 * The tag that lists what refers to a manifest (OCI distribution spec 1.1, "Referrers Tag Schema").
 *
 * @returns `sha256-<64 hexadecimal digits>`
 */
export function referrersTag(digest: Digest): string {
  return digest.replace(':', '-');
}

function parse(bytes: Buffer): z.output<typeof index> | undefined {
  try {
    return index.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

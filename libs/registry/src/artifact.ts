import { createHash } from 'node:crypto';
import { type Descriptor, type Digest, MEDIA_TYPES } from '@dockyard/oci';
import { z } from 'zod';
import type { Client } from './client.ts';
import type { RepositoryName } from './reference.ts';

/** The empty configuration of artifacts (OCI image spec 1.1, "Guidance for an Empty Descriptor"): `{}`. */
export const EMPTY: Descriptor = {
  mediaType: 'application/vnd.oci.empty.v1+json',
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
};

/** Something in a registry that is no image: a manifest with a type, annotations and perhaps blobs. */
export interface Artifact {
  /** `application/vnd.dockyard.…` */
  readonly artifactType: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly layers: readonly Descriptor[];
  /** The manifest that it is about. */
  readonly subject?: Descriptor;
}

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .transform((text) => text as Digest);
const descriptor = z.object({ mediaType: z.string(), digest, size: z.number().int().nonnegative() });
const manifest = z.object({
  artifactType: z.string(),
  annotations: z.record(z.string(), z.string()).optional(),
  layers: z.array(descriptor),
});

/**
 * Writes an artifact's manifest (OCI image spec 1.1, "Guidelines for Artifact Usage").
 *
 * @returns its bytes, always the same for the same artifact, and their descriptor
 */
export function artifactManifest(artifact: Artifact): { bytes: Buffer; descriptor: Descriptor } {
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.manifest,
      artifactType: artifact.artifactType,
      config: EMPTY,
      layers: artifact.layers.length > 0 ? artifact.layers : [EMPTY],
      ...(artifact.subject !== undefined && { subject: artifact.subject }),
      annotations: Object.fromEntries(Object.entries(artifact.annotations).sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
  );
  return {
    bytes,
    descriptor: {
      mediaType: MEDIA_TYPES.manifest,
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      size: bytes.length,
    },
  };
}

/**
 * Reads an artifact.
 *
 * @param tag or digest
 * @param artifactType what it has to be
 * @returns undefined where there is none, or something else
 */
export async function pullArtifact(
  client: Client,
  repository: RepositoryName,
  tag: string,
  artifactType: string,
): Promise<(Artifact & { digest: Digest }) | undefined> {
  const found = await client.pullManifest(repository, tag);
  if (found === undefined) return undefined;
  const parsed = manifest.safeParse(parseJson(found.bytes));
  if (!parsed.success || parsed.data.artifactType !== artifactType) return undefined;
  return {
    artifactType,
    annotations: parsed.data.annotations ?? {},
    layers: parsed.data.layers.filter((layer) => layer.digest !== EMPTY.digest),
    digest: found.descriptor.digest,
  };
}

/** Writes an artifact whose blobs are there already, under a tag. */
export async function pushArtifact(
  client: Client,
  repository: RepositoryName,
  tag: string,
  artifact: Artifact,
): Promise<void> {
  await client.pushBytes(repository, EMPTY, Buffer.from('{}'));
  const { bytes, descriptor: written } = artifactManifest(artifact);
  await client.pushManifest(repository, tag, written.mediaType, bytes);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

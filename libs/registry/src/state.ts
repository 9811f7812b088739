import type { Digest } from '@dockyard/oci';
import { z } from 'zod';
import { pullArtifact, pushArtifact } from './artifact.ts';
import type { Client } from './client.ts';
import type { RepositoryName } from './reference.ts';

/** The repository beside the images that keeps what was published from which commit. */
const STATE = 'dockyard-state';
const TYPE = 'application/vnd.dockyard.published.v1+json';
const COMMIT = 'org.opencontainers.image.revision';
const DIGEST = 'dev.dockyard.index';
const TAGS = 'dev.dockyard.tags';

/** What one project's publishing has claimed for its moving tags. */
export interface Claim {
  /** Full hash of the commit that was built. */
  readonly commit: string;
  /** Of the image index. */
  readonly digest: Digest;
  readonly tags: readonly string[];
}

const tags = z.array(z.string());

function stateOf(prefix: RepositoryName): RepositoryName {
  return { registry: prefix.registry, name: `${prefix.name}/${STATE}` };
}

/** The claim of a project; undefined where it was never published. */
export async function readClaim(client: Client, prefix: RepositoryName, project: string): Promise<Claim | undefined> {
  const found = await pullArtifact(client, stateOf(prefix), `project-${project}`, TYPE);
  const { [COMMIT]: commit, [DIGEST]: digest, [TAGS]: text = '[]' } = found?.annotations ?? {};
  if (commit === undefined || digest === undefined) return undefined;
  return { commit, digest: digest as Digest, tags: tags.parse(JSON.parse(text)) };
}

export async function writeClaim(client: Client, prefix: RepositoryName, project: string, claim: Claim): Promise<void> {
  await pushArtifact(client, stateOf(prefix), `project-${project}`, {
    artifactType: TYPE,
    annotations: { [COMMIT]: claim.commit, [DIGEST]: claim.digest, [TAGS]: JSON.stringify(claim.tags) },
    layers: [],
  });
}

/**
 * The last commit of which everything was published: what `nx affected` compares with.
 *
 * @param prefix the repository below which the images lie
 */
export async function readPublishedCommit(client: Client, prefix: RepositoryName): Promise<string | undefined> {
  return (await pullArtifact(client, stateOf(prefix), 'published', TYPE))?.annotations[COMMIT];
}

/** Notes that everything of a commit was published. */
export async function writePublishedCommit(client: Client, prefix: RepositoryName, commit: string): Promise<void> {
  await pushArtifact(client, stateOf(prefix), 'published', {
    artifactType: TYPE,
    annotations: { [COMMIT]: commit },
    layers: [],
  });
}

import { isCommitId } from '@dockyard/checkout';
import { STATE_REPOSITORY } from '@dockyard/definition';
import type { Digest } from '@dockyard/oci';
import { z } from 'zod';
import { type Artifact, artifactManifest, pullArtifact, pushArtifact } from './artifact.ts';
import type { Client } from './client.ts';
import { type RepositoryName, repositoryText } from './reference.ts';

const TYPE = 'application/vnd.dockyard.published.v1+json';
const COMMIT = 'org.opencontainers.image.revision';
const IMAGE = 'dev.dockyard.image';
const INDEX = 'dev.dockyard.index';
const MANIFESTS = 'dev.dockyard.manifests';
const REVISION = 'dev.dockyard.revision';
const TAGS = 'dev.dockyard.tags';

const PROJECT = 'project-';
const DAY = 24 * 60 * 60 * 1000;
const DATED = /^at-(\d+)-[0-9a-f]{16}$/;

/** What one project's publishing has claimed: the index for its moving tags. */
export interface Claim {
  /** Full hash of the commit that was built. */
  readonly commit: string;
  /** Name of the image, which is that of its repository below the prefix. */
  readonly image: string;
  /** Of the image index. */
  readonly digest: Digest;
  /** Of its platforms' manifests. */
  readonly manifests: readonly Digest[];
  /** The immutable tag. */
  readonly revision: string;
  readonly tags: readonly string[];
}

const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/)
  .transform((text) => text as Digest);
// Whoever may push to the registry may write these, and git, a registry and a shell get them.
const commitId = z.string().refine(isCommitId);
const tag = z.string().regex(/^\w[\w.-]{0,127}$/);
const words = z.string().transform((text) => text.split(' ').filter((word) => word !== ''));
const annotations = z.object({
  [COMMIT]: commitId,
  [IMAGE]: z.string().regex(/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/),
  [INDEX]: digest,
  [MANIFESTS]: words.pipe(z.array(digest)),
  [REVISION]: tag,
  [TAGS]: words.pipe(z.array(tag)),
});

/** The repository of what {@link writeClaim} and {@link writePublishedCommit} write. */
export function stateOf(prefix: RepositoryName): RepositoryName {
  return { registry: prefix.registry, name: `${prefix.name}/${STATE_REPOSITORY}` };
}

/** The claim of a project; undefined where it was never published, or what is there is no claim of ours. */
export function readClaim(client: Client, prefix: RepositoryName, project: string): Promise<Claim | undefined> {
  return readClaimAt(client, prefix, `${PROJECT}${project}`);
}

/** The project whose claim a tag of the repository of states points to; undefined where it is something else. */
export function projectOf(tag: string): string | undefined {
  return tag.startsWith(PROJECT) ? tag.slice(PROJECT.length) : undefined;
}

/** The claim that a tag or digest points to; undefined where that is none. */
export async function readClaimAt(
  client: Client,
  prefix: RepositoryName,
  reference: string,
): Promise<Claim | undefined> {
  return parseClaim((await pullArtifact(client, stateOf(prefix), reference, TYPE))?.annotations);
}

/**
 * Reads the annotations of a claim.
 *
 * @param value what a registry answered
 * @returns undefined where it isn't what {@link writeClaim} writes
 */
export function parseClaim(value: unknown): Claim | undefined {
  const found = annotations.safeParse(value);
  if (!found.success) return undefined;
  const { data } = found;
  return {
    commit: data[COMMIT],
    image: data[IMAGE],
    digest: data[INDEX],
    manifests: data[MANIFESTS],
    revision: data[REVISION],
    tags: data[TAGS],
  };
}

/**
 * Notes what is about to be pushed, under a tag with the day. A registry doesn't list manifests that no tag leads to, so retention knows by
 * these notes what a publishing that failed has left.
 */
export async function noteClaim(client: Client, prefix: RepositoryName, claim: Claim): Promise<void> {
  await pushDated(client, prefix, artifactOf(claim));
}

/** Claims the moving tags of a project. */
export async function writeClaim(client: Client, prefix: RepositoryName, project: string, claim: Claim): Promise<void> {
  await pushArtifact(client, stateOf(prefix), `${PROJECT}${project}`, artifactOf(claim));
}

/**
 * The last commit of which everything was published: what `nx affected` compares with.
 *
 * @param prefix the repository below which the images lie
 * @param report takes a line where something else stands there, which then counts as nothing
 * @returns the full id of a commit, of whatever branch: only git can tell
 */
export async function readPublishedCommit(
  client: Client,
  prefix: RepositoryName,
  report: (line: string) => void = () => undefined,
): Promise<string | undefined> {
  const found = await pullArtifact(client, stateOf(prefix), 'published', TYPE);
  if (found === undefined) return undefined;
  const commit = commitId.safeParse(found.annotations[COMMIT]);
  if (commit.success) return commit.data;
  report(
    `${repositoryText(stateOf(prefix))}:published (${found.digest}) names no commit, so none of our pipelines wrote it. It counts as nothing. ` +
      'Who may push there? docs/ci.md says who should.',
  );
  return undefined;
}

/** Notes that everything of a commit was published. */
export async function writePublishedCommit(client: Client, prefix: RepositoryName, commit: string): Promise<void> {
  const artifact = { artifactType: TYPE, annotations: { [COMMIT]: commit }, layers: [] };
  await pushDated(client, prefix, artifact);
  await pushArtifact(client, stateOf(prefix), 'published', artifact);
}

/**
 * The day of a note.
 *
 * @returns days since 1970 by the registry's clock; undefined where the tag isn't one of a note
 */
export function dayOfNote(tag: string): number | undefined {
  const [, day] = DATED.exec(tag) ?? [];
  return day === undefined ? undefined : Number(day);
}

/** Today by a registry's clock, in days since 1970. */
function today(client: Client, prefix: RepositoryName): number {
  return Math.floor(client.now(prefix) / DAY);
}

function artifactOf(claim: Claim): Artifact {
  return {
    artifactType: TYPE,
    annotations: {
      [COMMIT]: claim.commit,
      [IMAGE]: claim.image,
      [INDEX]: claim.digest,
      [MANIFESTS]: claim.manifests.join(' '),
      [REVISION]: claim.revision,
      [TAGS]: claim.tags.join(' '),
    },
    layers: [],
  };
}

async function pushDated(client: Client, prefix: RepositoryName, artifact: Artifact): Promise<void> {
  const { digest: written } = artifactManifest(artifact).descriptor;
  const tag = `at-${String(today(client, prefix))}-${written.slice('sha256:'.length, 'sha256:'.length + 16)}`;
  await pushArtifact(client, stateOf(prefix), tag, artifact);
}

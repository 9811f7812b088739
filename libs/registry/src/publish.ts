import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { type Descriptor, type Digest, type ImageIndex, type ImageManifest, readIndex } from '@dockyard/oci';
import { chooseRevision } from './choose-revision.ts';
import type { Client, Pushed } from './client.ts';
import { readImmutableClaim, writeImmutableClaim } from './immutable-claims.ts';
import { type RepositoryName, repositoryText } from './reference.ts';
import { type Claim, noteClaim, readClaim, readPublishedCommit, writeClaim } from './state.ts';

/** What is published. */
export interface Publication {
  /** Nx project name. */
  readonly project: string;
  /** Name of the image, which is that of its repository below the prefix. */
  readonly image: string;
  readonly version: string;
  /** Moving tags. */
  readonly tags: readonly string[];
  /** Full OCI layout of the index: every blob is in it. */
  readonly layout: string;
  /** Images whose repositories may hold layers of this one. */
  readonly parents: readonly string[];
  /** Full hash of the commit that was built. */
  readonly commit: string;
  /** The immutable tag that another registry has for it already; the next free one of this registry when absent. */
  readonly revision?: string;
}

/** How {@link publish} works. */
export interface PublishOptions {
  readonly client: Client;
  /** The repository below which the images lie: `registry.example.com/group/project`. */
  readonly prefix: RepositoryName;
  /**
   * Whether a commit is an ancestor of another, or the same. False where one of them is unknown: history was rewritten, and what it held no
   * longer counts.
   */
  readonly isAncestor: (commit: string, of: string) => Promise<boolean>;
  /** Takes progress, a line each. */
  readonly report: (line: string) => void;
  /** Changes nothing. */
  readonly dryRun?: boolean;
}

/** What {@link publish} did, or would do. */
export interface Published {
  readonly repository: string;
  readonly digest: Digest;
  /** `superseded`: a newer commit is published already, and nothing was changed. */
  readonly outcome: 'published' | 'unchanged' | 'superseded';
  /** The immutable tag. */
  readonly revision: string;
  /** Tags that move, with what they pointed to. */
  readonly moved: readonly { tag: string; from: Digest | undefined }[];
  /** Bytes of blobs that were uploaded; in a dry run, that aren't in the repository. */
  readonly bytes: number;
}

/**
 * Publishes an image index: blobs, then each platform's manifest and the index by digest, then the immutable tag, then the moving tags. So
 * at no moment a tag shows a part of an image, and a run that was killed is completed by the next one. An index that is published already
 * costs a few requests and no bytes.
 *
 * @returns what was done
 * @throws {UserError} the registry refuses, or an immutable tag has another digest
 */
export async function publish(publication: Publication, o: PublishOptions): Promise<Published> {
  const { client, prefix, report } = o;
  const repository = { registry: prefix.registry, name: `${prefix.name}/${publication.image}` };
  const name = repositoryText(repository);
  const local = await readLayout(publication.layout);
  const { digest } = local.index;

  const before = await readClaim(client, prefix, publication.project);
  const newer = await newerCommit(publication, before, o);

  const { image, version, revision: adopted } = publication;
  const { revision, claimed, present } = await chooseRevision({
    ...{ client, prefix, image, version, digest },
    ...(adopted !== undefined && { adopted }),
  });
  const isNew = present !== digest;
  const found = new Map(
    await Promise.all(publication.tags.map(async (tag) => [tag, await client.findManifest(repository, tag)] as const)),
  );
  const moved = publication.tags.map((tag) => ({ tag, from: found.get(tag) })).filter(({ from }) => from !== digest);
  const result = { repository: name, digest, revision, moved, bytes: 0 };

  if (newer !== undefined) {
    report(`${name}: ${newer} is published already, which is newer than ${publication.commit}; nothing is changed`);
    return { ...result, outcome: 'superseded', moved: [] };
  }
  if (!isNew && moved.length === 0) {
    const lost = await firstLost(client, repository, local);
    if (lost === undefined && claimed) return { ...result, outcome: 'unchanged' };
    report(
      lost === undefined
        ? `${name}:${revision} is here, and nothing says what it was published as; that is noted now`
        : `${name}: the registry has lost ${lost}, which its tags need; it is pushed again`,
    );
  }

  if (o.dryRun === true) {
    const missing = await Promise.all(
      local.blobs.map(async (blob) => ((await client.hasBlob(repository, blob.digest)) ? 0 : blob.size)),
    );
    return { ...result, outcome: 'published', bytes: missing.reduce((sum, size) => sum + size, 0) };
  }

  const claim: Claim = {
    commit: publication.commit,
    image: publication.image,
    digest,
    manifests: local.manifests.map(({ descriptor }) => descriptor.digest),
    revision,
    tags: publication.tags,
  };
  await noteClaim(client, prefix, claim);
  const bytes = await pushContent(publication, local, repository, o);
  if (isNew) {
    const taken = await client.findManifest(repository, revision);
    if (taken !== undefined && taken !== digest)
      throw new UserError(`${name}:${revision} has another digest by now, ${taken}, and it never changes.`, {
        hint: 'Another pipeline published at the same time. Publish again: the next number is taken.',
      });
  }
  await writeClaim(client, prefix, publication.project, claim);
  if (!claimed) await writeImmutableClaim(client, prefix, { image, revision, digest, commit: publication.commit });
  if (isNew) {
    await client.pushManifest(repository, revision, local.index.mediaType, local.bytes);
    report(`${name}:${revision} is ${digest}`);
  }
  for (const { tag, from } of moved) {
    await client.pushManifest(repository, tag, local.index.mediaType, local.bytes);
    report(`${name}:${tag} moves ${from === undefined ? 'here' : `from ${from}`}`);
  }
  const yielded = await yieldToNewer(publication, repository, o);
  await verifyPublished(client, repository, [revision, ...(yielded ? [] : publication.tags)], local);
  const kept = await readImmutableClaim(client, prefix, image, revision);
  if (kept?.digest !== digest)
    throw new UserError(`${name}:${revision} is noted as ${kept?.digest ?? 'nothing'}, and it is ${digest}.`, {
      hint: 'Another pipeline published at the same time. Publish again.',
    });
  return { ...result, outcome: 'published', bytes };
}

interface LocalIndex {
  readonly index: Descriptor;
  readonly bytes: Buffer;
  readonly manifests: readonly { readonly descriptor: Descriptor; readonly bytes: Buffer }[];
  /** Configurations and layers, each once. */
  readonly blobs: readonly Descriptor[];
  readonly content: ImageIndex;
}

async function readLayout(layout: string): Promise<LocalIndex> {
  const { descriptor, index } = await readIndex(layout);
  const manifests = await Promise.all(
    index.manifests.map(async (one) => ({ descriptor: one, bytes: await readFile(blobFile(layout, one.digest)) })),
  );
  const blobs = new Map<Digest, Descriptor>();
  for (const { bytes } of manifests) {
    // Ours, and read by readIndex's layout: the digest leads here.
    const manifest = JSON.parse(bytes.toString('utf8')) as ImageManifest;
    for (const blob of [manifest.config, ...manifest.layers]) blobs.set(blob.digest, blob);
  }
  return {
    index: descriptor,
    bytes: await readFile(blobFile(layout, descriptor.digest)),
    manifests,
    blobs: [...blobs.values()],
    content: index,
  };
}

function blobFile(layout: string, digest: Digest): string {
  return join(layout, 'blobs', ...digest.split(':'));
}

async function pushContent(
  publication: Publication,
  local: LocalIndex,
  repository: RepositoryName,
  { client, prefix, report }: PublishOptions,
): Promise<number> {
  const from = publication.parents.map((parent) => ({ registry: prefix.registry, name: `${prefix.name}/${parent}` }));
  const sums: Record<Pushed, number> = { present: 0, mounted: 0, uploaded: 0 };
  for (const blob of local.blobs) {
    const how = await client.pushBlob(repository, blob, blobFile(publication.layout, blob.digest), { from });
    sums[how] += blob.size;
    if (how === 'uploaded')
      report(`${repositoryText(repository)}: uploaded ${blob.digest}, ${String(blob.size)} bytes`);
  }
  for (const { descriptor, bytes } of local.manifests)
    await client.pushManifest(repository, descriptor.digest, descriptor.mediaType, bytes);
  await client.pushManifest(repository, local.index.digest, local.index.mediaType, local.bytes);
  // Some registries lose a manifest that they have accepted (moby/buildkit#2822): no tag may show that.
  const lost = await firstLost(client, repository, local);
  if (lost !== undefined)
    throw new UserError(`${repositoryText(repository)} has lost ${lost}, which it had accepted.`, {
      hint: 'No tag was moved. Publish again.',
    });
  report(
    `${repositoryText(repository)}: ${String(sums.uploaded)} bytes uploaded, ${String(sums.mounted)} mounted, ${String(sums.present)} there already`,
  );
  return sums.uploaded;
}

/** The digest of a manifest that a repository lacks. */
async function firstLost(client: Client, repository: RepositoryName, local: LocalIndex): Promise<Digest | undefined> {
  for (const { digest } of [...local.manifests.map(({ descriptor }) => descriptor), local.index])
    if ((await client.findManifest(repository, digest)) !== digest) return digest;
  return undefined;
}

/** A commit that was published and has ours behind it. */
async function newerCommit(
  publication: Publication,
  claim: Claim | undefined,
  { client, prefix, isAncestor }: PublishOptions,
): Promise<string | undefined> {
  for (const commit of [claim?.commit, await readPublishedCommit(client, prefix)]) {
    if (commit === undefined || commit === publication.commit) continue;
    if (await isAncestor(publication.commit, commit)) return commit;
  }
  return undefined;
}

/**
 * A registry can't compare and swap, so two who publish at once may move tags crosswise. Each claims before it moves, and looks at the claim
 * afterwards: whoever is older puts the newer one's index back.
 */
async function yieldToNewer(
  publication: Publication,
  repository: RepositoryName,
  { client, prefix, isAncestor, report }: PublishOptions,
): Promise<boolean> {
  const claim = await readClaim(client, prefix, publication.project);
  if (claim === undefined || claim.commit === publication.commit) return false;
  if (!(await isAncestor(publication.commit, claim.commit))) return false;
  const newer = await client.pullManifest(repository, claim.digest);
  if (newer === undefined) return false;
  report(`${repositoryText(repository)}: ${claim.commit} is newer and published meanwhile; its tags are put back`);
  for (const tag of claim.tags) await client.pushManifest(repository, tag, newer.descriptor.mediaType, newer.bytes);
  return true;
}

/** Reads back what others will pull, by each tag. */
async function verifyPublished(
  client: Client,
  repository: RepositoryName,
  tags: readonly string[],
  local: LocalIndex,
): Promise<void> {
  for (const tag of tags) {
    const found = await client.pullManifest(repository, tag);
    if (found?.descriptor.digest !== local.index.digest)
      throw new UserError(`${repositoryText(repository)}:${tag} is not what was published.`, {
        hint: `Expected ${local.index.digest}, found ${found?.descriptor.digest ?? 'nothing'}. Publish again.`,
      });
  }
  for (const { digest, platform } of local.content.manifests)
    if ((await client.pullManifest(repository, digest)) === undefined)
      throw new UserError(
        `${repositoryText(repository)}:${tags[0] ?? ''} lacks its manifest of ${platform?.os ?? ''}/${platform?.architecture ?? ''}, ${digest}.`,
        { hint: 'Publish again.' },
      );
}

import { requireProject } from '@dockyard/build';
import { planTags } from '@dockyard/definition';
import { type ImageManifest, parseIndex, parseManifest } from '@dockyard/oci';
import { type Client, type RepositoryName, repositoryText } from '@dockyard/registry';

/** What a registry has of a project. */
export interface PublishedImage {
  readonly repository: RepositoryName;
  /** By OCI platform. */
  readonly manifests: ReadonlyMap<string, ImageManifest>;
}

/**
 * Asks a registry for the published images of projects. The most moving tag of a definition tells, since a new version is published nowhere
 * yet.
 *
 * @param workspace absolute path of the workspace root
 * @param roots folders of the definitions by project name
 * @returns by project; without those that were never published
 * @throws {UserError} the registry can't be asked, or has something else there
 */
export async function publishedImages(
  workspace: string,
  roots: ReadonlyMap<string, string>,
  { client, prefix }: { client: Client; prefix: RepositoryName },
): Promise<Map<string, PublishedImage>> {
  const images = new Map<string, PublishedImage>();
  for (const [project, root] of roots) {
    const { definition } = requireProject(workspace, root);
    const repository = { registry: prefix.registry, name: `${prefix.name}/${definition.image}` };
    for (const tag of planTags(definition).toReversed()) {
      const index = await client.pullManifest(repository, tag);
      if (index === undefined) continue;
      images.set(project, { repository, manifests: await manifestsOf(client, repository, tag, index.bytes) });
      break;
    }
  }
  return images;
}

/** Bytes of an image's configuration and all its layers, compressed. */
export function imageSize({ config, layers }: ImageManifest): number {
  return [config, ...layers].reduce((sum, { size }) => sum + size, 0);
}

async function manifestsOf(
  client: Client,
  repository: RepositoryName,
  tag: string,
  index: Buffer,
): Promise<Map<string, ImageManifest>> {
  const manifests = new Map<string, ImageManifest>();
  // What a tag of ours points to we wrote ourselves; what somebody else put there may be anything.
  for (const { digest, platform } of parseIndex(`${repositoryText(repository)}:${tag}`, parseJson(index)).manifests) {
    const found = platform === undefined ? undefined : await client.pullManifest(repository, digest);
    if (platform === undefined || found === undefined) continue;
    const variant = platform.variant === undefined ? '' : `/${platform.variant}`;
    manifests.set(
      `${platform.os}/${platform.architecture}${variant}`,
      parseManifest(`${repositoryText(repository)}@${digest}`, parseJson(found.bytes)),
    );
  }
  return manifests;
}

/** Nothing where it is no JSON: what isn't an index or a manifest is said by whoever expects one. */
function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

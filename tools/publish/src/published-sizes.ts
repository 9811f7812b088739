import { requireProject } from '@dockyard/build';
import { planTags } from '@dockyard/definition';
import type { ImageIndex, ImageManifest } from '@dockyard/oci';
import { type Client, type RepositoryName } from '@dockyard/registry';

/**
 * Asks a registry how large the published images of projects are: configuration and layers of each platform, compressed. The most moving
 * tag of a definition tells, since a new version is published nowhere yet.
 *
 * @param workspace absolute path of the workspace root
 * @param roots folders of the definitions by project name
 * @returns bytes by project and OCI platform; without those that were never published
 * @throws {UserError} the registry can't be asked
 */
export async function publishedSizes(
  workspace: string,
  roots: ReadonlyMap<string, string>,
  { client, prefix }: { client: Client; prefix: RepositoryName },
): Promise<Record<string, Record<string, number>>> {
  const sizes: Record<string, Record<string, number>> = {};
  for (const [project, root] of roots) {
    const { definition } = requireProject(workspace, root);
    const repository = { registry: prefix.registry, name: `${prefix.name}/${definition.image}` };
    for (const tag of planTags(definition).toReversed()) {
      const index = await client.pullManifest(repository, tag);
      if (index === undefined) continue;
      sizes[project] = await platformSizes(client, repository, index.bytes);
      break;
    }
  }
  return sizes;
}

async function platformSizes(
  client: Client,
  repository: RepositoryName,
  index: Buffer,
): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  // What a tag of ours points to we wrote ourselves; what somebody else put there may be anything.
  for (const { digest, platform } of (JSON.parse(index.toString('utf8')) as Partial<ImageIndex>).manifests ?? []) {
    const found = platform === undefined ? undefined : await client.pullManifest(repository, digest);
    if (platform === undefined || found === undefined) continue;
    const { config, layers } = JSON.parse(found.bytes.toString('utf8')) as ImageManifest;
    const variant = platform.variant === undefined ? '' : `/${platform.variant}`;
    sizes[`${platform.os}/${platform.architecture}${variant}`] = [config, ...layers].reduce(
      (sum, { size }) => sum + size,
      0,
    );
  }
  return sizes;
}

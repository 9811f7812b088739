import { join } from 'node:path';
import { ancestorLayouts, requireOutput, withScratch } from '@dockyard/build';
import { UserError } from '@dockyard/exec';
import {
  type Descriptor,
  type Digest,
  type FileChanges,
  fileChanges,
  type ImageManifest,
  layerChanges,
  type LayerChanges,
  type LayerFile,
  layerFiles,
} from '@dockyard/oci';
import { type Client, RegistryError, type RepositoryName } from '@dockyard/registry';
import type { PublishedImage } from './published-images.ts';

/** How a built image differs from the published one. */
export interface Comparison {
  readonly layers: LayerChanges;
  /** Or why they are unknown, in a sentence. */
  readonly files: FileChanges | string;
}

/** By project and OCI platform. */
export type Comparisons = Readonly<Record<string, Readonly<Record<string, Comparison>>>>;

/** How {@link comparePublished} works. */
export interface CompareOptions {
  readonly client: Client;
  /** Takes progress, a line each. */
  readonly report: (line: string) => void;
  /** Compressed bytes of published layers that are fetched: for one image, for all of them; 100 MB and 500 MB by default. */
  readonly limits?: { readonly image: number; readonly all: number };
  readonly signal?: AbortSignal;
}

const LIMITS = { image: 100_000_000, all: 500_000_000 };

/**
 * Compares built images with what is published of them. Layers that both have are read here; of the others the published ones are fetched,
 * and verified. Where files can't be compared, the comparison says why.
 *
 * @param workspace absolute path of the workspace root
 * @param images projects with their OCI platforms
 * @param published see `publishedImages`
 * @returns those that are built and published
 */
export function comparePublished(
  workspace: string,
  images: readonly { readonly project: string; readonly platforms: readonly string[] }[],
  published: ReadonlyMap<string, PublishedImage>,
  o: CompareOptions,
): Promise<Comparisons> {
  return withScratch(workspace, 'compare-', async (folder) => {
    const fetcher = new Fetcher(folder, o);
    const comparisons: Record<string, Record<string, Comparison>> = {};
    for (const { project, platforms } of images) {
      for (const platform of platforms) {
        const before = published.get(project);
        const manifest = before?.manifests.get(platform);
        if (before === undefined || manifest === undefined) continue;
        const built = await requireOutput(workspace, project, platform, 'image').catch(() => undefined);
        if (built === undefined) continue;
        const layers = layerChanges(manifest.layers, built.record.layers);
        const files = async (): Promise<FileChanges> => {
          const parents = await ancestorLayouts(workspace, built.record);
          const now = await layerFiles({ layout: join(workspace, built.layout), parents });
          return compareFiles(now, manifest, (missing) => fetcher.fetch(before.repository, missing));
        };
        if (layers.changed + layers.added > 0) o.report(`Comparing ${project} for ${platform} with what is published`);
        comparisons[project] = { ...comparisons[project], [platform]: { layers, files: await orReason(files, o) } };
      }
    }
    return comparisons;
  });
}

async function compareFiles(
  now: readonly LayerFile[],
  { layers: before }: ImageManifest,
  fetch: (layers: readonly Descriptor[]) => Promise<LayerFile[]>,
): Promise<FileChanges> {
  const differs = now.findIndex(({ layer }, at) => layer.digest !== before[at]?.digest);
  const shared = differs === -1 ? now.length : differs;
  const old = before.slice(shared);
  if (shared === now.length && old.length === 0) return { added: [], removed: [], changed: [] };
  const known = new Map(now.map((one) => [one.layer.digest, one]));
  for (const one of await fetch(old.filter(({ digest }) => !known.has(digest)))) known.set(one.layer.digest, one);
  return fileChanges({
    shared: now.slice(0, shared),
    first: old.flatMap(({ digest }) => known.get(digest) ?? []),
    second: now.slice(shared),
  });
}

/** A comparison is a service to readers: what stands in its way is told, and fails nothing. */
async function orReason(files: () => Promise<FileChanges>, { signal }: CompareOptions): Promise<FileChanges | string> {
  try {
    return await files();
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

/** Layers of a registry, each fetched once. */
class Fetcher {
  readonly #folder: string;
  readonly #client: Client;
  readonly #limits: { readonly image: number; readonly all: number };
  readonly #fetched = new Map<Digest, LayerFile>();
  #bytes = 0;
  #failure: RegistryError | undefined;

  constructor(folder: string, { client, limits = LIMITS }: CompareOptions) {
    this.#folder = folder;
    this.#client = client;
    this.#limits = limits;
  }

  async fetch(repository: RepositoryName, layers: readonly Descriptor[]): Promise<LayerFile[]> {
    const missing = layers.filter(({ digest }) => !this.#fetched.has(digest));
    const bytes = missing.reduce((sum, { size }) => sum + size, 0);
    if (bytes > this.#limits.image)
      throw new UserError(
        `The published layers that differ have ${megabytes(bytes)}, more than the ${megabytes(this.#limits.image)} that are fetched for a comparison.`,
      );
    if (this.#bytes + bytes > this.#limits.all)
      throw new UserError(
        `With the published layers of this image, more than the ${megabytes(this.#limits.all)} would be fetched that a summary may fetch.`,
      );
    // A registry that has failed after all patience isn't asked for every further image.
    if (missing.length > 0 && this.#failure !== undefined) throw this.#failure;
    for (const layer of missing) {
      const file = join(this.#folder, layer.digest.replace(':', '-'));
      await this.#client.pullBlob(repository, layer, file).catch((error: unknown) => {
        if (error instanceof RegistryError && error.transient) this.#failure = error;
        throw error;
      });
      this.#fetched.set(layer.digest, { file, layer });
      this.#bytes += layer.size;
    }
    return layers.flatMap(({ digest }) => this.#fetched.get(digest) ?? []);
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

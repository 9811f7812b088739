import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { outputPaths } from '@dockyard/project';
import { archSuffix, formatPlatform } from '@dockyard/definition';
import { type Descriptor, extractFolder, readIndex } from '@dockyard/oci';
import { type Client, pushReferrer, type RepositoryName, repositoryText } from '@dockyard/registry';

/** What the artifacts of an image's debug symbols are. */
export const DEBUG_SYMBOLS = 'application/vnd.dockyard.debug-symbols.v1';

/** What {@link publishDebugSymbols} takes. */
export interface DebugSymbolsOptions {
  readonly client: Client;
  /** The image's own repository. */
  readonly repository: RepositoryName;
  /** Absolute path of the workspace root. */
  readonly workspace: string;
  /** Nx project name. */
  readonly project: string;
  readonly image: string;
  readonly version: string;
  /** Layout of the published index. */
  readonly layout: string;
  /** Absolute path of a folder to work in. */
  readonly scratch: string;
  readonly report: (line: string) => void;
}

/**
 * Publishes the debug symbols that compiling has kept (`/debug` of the artifacts) beside the image: for each platform an artifact whose
 * subject is its manifest, with one tar, whose paths are those below `/`. What is there already costs a few requests.
 *
 * @throws {RegistryError} the registry refuses
 */
export async function publishDebugSymbols(o: DebugSymbolsOptions): Promise<void> {
  const { index } = await readIndex(o.layout);
  for (const { mediaType, digest, size, platform } of index.manifests) {
    if (platform === undefined) continue;
    const name = formatPlatform(platform);
    const { layout } = outputPaths(o.project, name, 'artifacts');
    if (!existsSync(join(o.workspace, layout))) {
      o.report(`${repositoryText(o.repository)}: no artifacts of ${name} are here, so no debug symbols are published`);
      continue;
    }
    const file = join(o.scratch, `debug-${archSuffix(name)}.tar.gz`);
    const symbols = await extractFolder(join(o.workspace, layout), 'debug', file);
    if (symbols === undefined) continue;
    const title = `${o.image}-${o.version}-${archSuffix(name)}-debug.tar.gz`;
    const layer: Descriptor = { ...symbols, annotations: { 'org.opencontainers.image.title': title } };
    const how = await o.client.pushBlob(o.repository, symbols, file);
    await rm(file, { force: true });
    const pushed = await pushReferrer(
      o.client,
      o.repository,
      { mediaType, digest, size },
      {
        artifactType: DEBUG_SYMBOLS,
        annotations: { 'org.opencontainers.image.version': o.version },
        layers: [layer],
      },
    );
    if (how !== 'present')
      o.report(
        `${repositoryText(o.repository)}@${pushed} has the debug symbols of ${name}, ${String(symbols.size)} bytes`,
      );
  }
}

import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Project } from '@dockyard/project';
import type { Definition } from '@dockyard/definition';
import { MEDIA_TYPES, type ContainerConfig } from '@dockyard/oci';
import { pack, type Header } from 'tar-stream';
import type { ImageContents } from '../image/contents.ts';
import { type OwnLayer, scanLayers } from '../image/scan.ts';
import { RULES } from '../rules.ts';

/** An entry of a layer: the content of a file, or the header with it. */
export type MadeUpEntry = string | Buffer | (Partial<Header> & { readonly content?: string | Buffer });

/** What a test is about; the rest is as it should be. */
export interface MadeUpImage {
  readonly base?: Readonly<Record<string, MadeUpEntry>>;
  readonly layers?: readonly Readonly<Record<string, MadeUpEntry>>[];
  readonly platform?: string;
  readonly config?: Partial<ContainerConfig>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly definition?: Partial<Definition>;
  readonly compiles?: boolean;
}

const ANNOTATIONS = Object.fromEntries(
  ['title', 'description', 'version', 'licenses', 'url', 'created'].map((name) => [
    `org.opencontainers.image.${name}`,
    'x',
  ]),
);

/** A definition that nothing is wrong with. */
export function madeUpProject(definition: Partial<Definition> = {}, compiles = false): Project {
  return {
    project: 'boat',
    root: 'images/boat',
    folders: ['images/boat'],
    nested: [],
    files: { dockerfile: 'images/boat/Dockerfile' },
    dockerfile: { file: 'images/boat/Dockerfile', stages: [], references: [], contextPaths: [], args: [] },
    ...(compiles && {
      compileDockerfile: {
        file: 'images/boat/compile.Dockerfile',
        stages: [],
        references: [],
        contextPaths: [],
        args: [],
      },
    }),
    definition: {
      file: 'images/boat/image.yaml',
      image: 'boat',
      description: 'A boat',
      version: '1.0',
      licenses: 'MIT',
      homepage: 'https://example.org',
      platforms: ['linux/amd64'],
      emulate: false,
      sources: [],
      tags: ['1.0'],
      ...definition,
    },
  } as unknown as Project;
}

/** Writes layers as tars, and reads them as the linter does. */
export async function contentsOf(o: MadeUpImage): Promise<ImageContents> {
  const folder = mkdtempSync(join(tmpdir(), 'dockyard-lint-'));
  try {
    const layers: OwnLayer[] = [];
    const add = async (entries: Readonly<Record<string, MadeUpEntry>>, own: boolean): Promise<void> => {
      const bytes = await tarOf(entries);
      const hex = createHash('sha256').update(bytes).digest('hex');
      const file = join(folder, `${String(layers.length)}-${hex}`);
      writeFileSync(file, bytes);
      layers.push({ file, own, layer: { mediaType: MEDIA_TYPES.layer, digest: `sha256:${hex}`, size: bytes.length } });
    };
    if (o.base !== undefined) await add(o.base, false);
    for (const layer of o.layers ?? []) await add(layer, true);
    return {
      project: madeUpProject(o.definition, o.compiles),
      platform: o.platform ?? 'linux/amd64',
      manifest: { annotations: o.annotations ?? ANNOTATIONS } as unknown as ImageContents['manifest'],
      config: { config: { User: '1000', ...o.config } } as ImageContents['config'],
      ...(await scanLayers(layers)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The names of the rules that an image breaks, each with its messages. */
export async function broken(o: MadeUpImage): Promise<Record<string, string[]>> {
  const contents = await contentsOf(o);
  return Object.fromEntries(
    RULES.flatMap(({ name, image }) => {
      const messages = image?.(contents).map(({ message }) => message) ?? [];
      return messages.length === 0 ? [] : [[name, messages] as const];
    }),
  );
}

async function tarOf(entries: Readonly<Record<string, MadeUpEntry>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, entry] of Object.entries(entries)) {
    const { content = '', ...header } =
      typeof entry === 'string' || Buffer.isBuffer(entry) ? { content: entry } : entry;
    tar.entry({ name, ...header }, content);
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from '@dockyard/exec';
import { type Registry, registryIsTested, startRegistry } from '@dockyard/lab';
import type { Descriptor } from '@dockyard/oci';
import { Client, parseRepository, publish, referrersTag } from '@dockyard/registry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEBUG_SYMBOLS, publishDebugSymbols } from './debug-symbols.ts';
import { writeLayout } from './testing/layout.ts';

const tested = await registryIsTested();
const SYMBOLS = 'usr/lib/debug/.build-id/2a/55dcb8.debug';

interface Manifest {
  readonly artifactType: string;
  readonly subject: Descriptor;
  readonly layers: readonly Descriptor[];
}

describe.skipIf(!tested)('debug symbols', () => {
  let dir: string;
  let registry: Registry;
  let client: Client;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'debug-symbols-'));
    registry = await startRegistry();
    client = new Client();
  });
  afterAll(async () => {
    await client.close();
    await registry.stop();
    await rm(dir, { recursive: true });
  });

  /** What a compile leaves: a layout of one image. */
  async function writeArtifacts(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
    const tree = `${folder}-tree`;
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(tree, path, '..'), { recursive: true });
      await writeFile(join(tree, path), text);
    }
    const archive = `${folder}.tar.gz`;
    await exec({
      command: 'tar',
      args: ['--create', '--gzip', '--file', archive, '--directory', tree, 'debug', 'image'],
    });
    const { manifests } = await writeLayout(folder, { platforms: ['linux/amd64'], layers: [await readFile(archive)] });
    const [digest = ''] = manifests;
    const { length } = await readFile(join(folder, 'blobs', ...digest.split(':')));
    const entry = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: length };
    await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  }

  async function manifestOf(repository: string, reference: string): Promise<unknown> {
    const found = await client.pullManifest(parseRepository(repository), reference);
    return found === undefined ? undefined : JSON.parse(found.bytes.toString());
  }

  it('lie beside the manifest of each platform that has some, once', async () => {
    const platforms = ['linux/amd64', 'linux/arm64'];
    const layout = join(dir, 'index');
    const { manifests } = await writeLayout(layout, { platforms, layers: [Buffer.from('layer')] });
    const [amd64 = 'sha256:', arm64 = 'sha256:'] = manifests;
    await writeArtifacts(join(dir, 'dist/images/boat/amd64/artifacts'), {
      [`debug/${SYMBOLS}`]: 'symbols',
      'image/usr/local/bin/boat': 'program',
    });
    const prefix = parseRepository(`${registry.host}/group`);
    const isAncestor = (): Promise<boolean> => Promise.resolve(false);
    const lines: string[] = [];
    const report = (line: string): void => void lines.push(line);
    await publish(
      {
        ...{ project: 'boat', image: 'boat', version: '1.0.0', tags: ['latest'] },
        ...{ layout, parents: [], commit: 'a'.repeat(40) },
      },
      { client, prefix, isAncestor, report },
    );
    const repository = `${registry.host}/group/boat`;
    const all = {
      ...{ client, repository: parseRepository(repository), workspace: dir, project: 'boat', image: 'boat' },
      ...{ version: '1.0.0', layout, scratch: dir, report },
    };
    await publishDebugSymbols(all);
    await publishDebugSymbols(all);

    const list = (await manifestOf(repository, referrersTag(amd64))) as { manifests: { digest: string }[] };
    expect(list.manifests).toHaveLength(1);
    expect(list.manifests[0]).toMatchObject({ artifactType: DEBUG_SYMBOLS });
    const manifest = (await manifestOf(repository, list.manifests[0]?.digest ?? '')) as Manifest;
    expect(manifest).toMatchObject({ artifactType: DEBUG_SYMBOLS, subject: { digest: amd64 } });
    const [layer] = manifest.layers;
    expect(layer?.annotations).toEqual({ 'org.opencontainers.image.title': 'boat-1.0.0-amd64-debug.tar.gz' });

    const file = join(dir, 'pulled.tar.gz');
    await client.pullBlob(parseRepository(repository), layer as Descriptor, file);
    const { stdout } = await exec({ command: 'tar', args: ['--list', '--gzip', '--file', file] });
    expect(stdout.split('\n').filter((name) => !name.endsWith('/'))).toEqual([SYMBOLS]);

    // Nothing was compiled for it here, which is said.
    expect(await manifestOf(repository, referrersTag(arm64))).toBeUndefined();
    expect(lines.join('\n')).toContain('no artifacts of linux/arm64 are here');
  });
});

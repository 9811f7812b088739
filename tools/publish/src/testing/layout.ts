import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Descriptor, type Digest, MEDIA_TYPES } from '@dockyard/oci';

/**
 * Writes a full layout of an image index. What a registry looks at is real; the layers are any bytes.
 *
 * @param folder absolute path, made
 * @param layers of every platform's image
 * @returns the index
 */
export async function writeLayout(
  folder: string,
  { platforms, layers }: { platforms: readonly string[]; layers: readonly Uint8Array[] },
): Promise<{ digest: Digest; manifests: readonly Digest[]; layers: readonly Digest[] }> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (mediaType: string, content: Uint8Array): Promise<Descriptor> => {
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(blobs, hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: content.length };
  };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const layerDescriptors: Descriptor[] = [];
  for (const layer of layers) layerDescriptors.push(await put(MEDIA_TYPES.layerGzip, layer));
  const manifests: Descriptor[] = [];
  for (const platform of platforms) {
    const [os = '', architecture = ''] = platform.split('/');
    const diffIds = layerDescriptors.map(({ digest }) => digest);
    const config = await put(
      MEDIA_TYPES.config,
      json({ os, architecture, rootfs: { type: 'layers', diff_ids: diffIds } }),
    );
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config, layers: layerDescriptors };
    manifests.push({ ...(await put(MEDIA_TYPES.manifest, json(manifest))), platform: { os, architecture } });
  }
  const index = await put(MEDIA_TYPES.index, json({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests }));
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), json({ schemaVersion: 2, manifests: [index] }));
  return {
    digest: index.digest,
    manifests: manifests.map(({ digest }) => digest),
    layers: layerDescriptors.map(({ digest }) => digest),
  };
}

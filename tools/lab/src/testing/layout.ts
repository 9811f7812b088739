import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** An OCI image layout of one image. */
export interface TestLayout {
  /** Digest of the image's manifest. */
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
  /** Bytes of the layer's blob. */
  readonly layerBytes: number;
}

/**
 * Writes an image layout (OCI image specification 1.1) whose one layer is noise.
 *
 * @param folder made when missing
 * @param bytes of noise
 */
export async function writeLayout(folder: string, bytes: number): Promise<TestLayout> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (content: string | Buffer, mediaType: string) => {
    const hex = createHash('sha256').update(content).digest('hex');
    await writeFile(join(blobs, hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
  };
  const noise = randomBytes(bytes);
  const diffId = `sha256:${createHash('sha256').update(noise).digest('hex')}`;
  const layer = await put(gzipSync(noise), 'application/vnd.oci.image.layer.v1.tar+gzip');
  const config = await put(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [diffId] } }),
    'application/vnd.oci.image.config.v1+json',
  );
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = await put(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }), mediaType);
  const annotations = { 'org.opencontainers.image.ref.name': 'test' };
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }),
  );
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return { manifest: manifest.digest, config: config.digest, layer: layer.digest, layerBytes: layer.size };
}

import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildContext } from '../types.ts';
import { smallestProgram } from './program.ts';

/** Where the program lies in the image. */
export const PROGRAM = '/end';

const BLOCK = 512;

/**
 * Writes the layout of an image with nothing in it but a program that ends at once, and a file of the highest user that images have.
 *
 * @param folder absolute path of an absent folder
 * @param platform `os/architecture[/variant]`
 * @param mark makes it another image than those of other marks
 * @returns what a build reaches it by
 */
export async function writeProofLayout(
  folder: string,
  platform: string,
  mark = '',
): Promise<Extract<BuildContext, { kind: 'image' }>> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const blob = async (mediaType: string, content: Buffer | object) => {
    const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content));
    const hex = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const [os = '', architecture = '', variant] = platform.split('/');
  const layer = await blob(
    'application/vnd.oci.image.layer.v1.tar',
    Buffer.concat([
      tarEntry(PROGRAM.slice(1), 0o755, 0, smallestProgram(platform)),
      tarEntry('nobody', 0o644, 65_534, Buffer.alloc(0)),
      Buffer.alloc(2 * BLOCK),
    ]),
  );
  const config = await blob('application/vnd.oci.image.config.v1+json', {
    architecture,
    ...(variant === undefined ? {} : { variant }),
    os,
    config: { Entrypoint: [PROGRAM] },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created_by: `dockyard proof ${mark}` }],
  });
  const manifest = await blob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: [layer],
  });
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(
    join(folder, 'index.json'),
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [manifest],
    }),
  );
  return { kind: 'image', layout: folder, digest: manifest.digest, config: config.digest };
}

/** An entry of a tar archive (POSIX.1-1988) for a file. */
function tarEntry(name: string, mode: number, user: number, content: Buffer): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0, 'latin1');
  octal(mode, 100, 8);
  octal(user, 108, 8);
  octal(user, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write('        0', 148, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
    'latin1',
  );
  return Buffer.concat([header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

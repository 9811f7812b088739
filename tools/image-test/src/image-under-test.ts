import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type ImageConfig, type ImageRecord, layerEntries, readImage } from '@dockyard/oci';
import { readEnvironment } from './environment.ts';

/** The image that the tests are about. */
export interface ImageUnderTest {
  /** What the engine calls it. */
  readonly reference: string;
  /** OCI platform, such as `linux/arm64`. */
  readonly platform: string;
  /** The Nx project. */
  readonly project: string;
  /** Its `image.json`: digests, sizes, layers. */
  readonly record: ImageRecord;
  /** Its configuration, verified against its digest: user, entrypoint, labels, health check. */
  config(): Promise<ImageConfig>;
  /**
   * What the image adds to its base, read from its layers: for images in which no program can be run.
   *
   * @returns by path, such as `etc/passwd`, in the order of the layers; no whiteouts
   */
  added(): Promise<ReadonlyMap<string, AddedFile>>;
}

/** An entry of a layer. */
export interface AddedFile {
  readonly type: 'file' | 'directory' | 'other';
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Where it leads, of a link. */
  readonly link: string;
  readonly content: Buffer;
}

/**
 * Tells about the image under test.
 *
 * @throws {UserError} the tests weren't started by the executor
 */
export function imageUnderTest(): ImageUnderTest {
  const { image, platform, project, record } = readEnvironment(process.env);
  return {
    reference: image,
    platform,
    project,
    record: JSON.parse(readFileSync(record, 'utf8')) as ImageRecord,
    // The layout lies beside its record, under the same name.
    config: async () => (await readImage(record.replace(/\.json$/, ''))).config,
    added: () => added(record.replace(/\.json$/, '')),
  };
}

async function added(layout: string): Promise<Map<string, AddedFile>> {
  const files = new Map<string, AddedFile>();
  for (const layer of (await readImage(layout)).manifest.layers) {
    const blob = join(layout, 'blobs', ...layer.digest.split(':'));
    // Layouts are thin: the layers of the base lie elsewhere.
    if (!existsSync(blob)) continue;
    for await (const { header, content } of layerEntries(blob, layer)) {
      const { type, mode, uid, gid, linkname } = header;
      files.set(header.name.replace(/^(\.?\/)+|\/$/g, ''), {
        type: type === 'file' || type === 'directory' ? type : 'other',
        mode: mode & 0o7777,
        uid,
        gid,
        link: linkname,
        content: await buffer(content as AsyncIterable<Buffer>),
      });
    }
  }
  return files;
}

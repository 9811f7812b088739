import { readFileSync } from 'node:fs';
import { type ImageConfig, type ImageRecord, readImage } from '@dockyard/oci';
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
  };
}

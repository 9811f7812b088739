import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Names the file of a blob or manifest in the storage of CNCF Distribution's filesystem driver. Pure.
 *
 * @param storage its `rootdirectory`
 * @param digest `algorithm:hex`
 */
export function blobFile(storage: string, digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return join(storage, 'docker/registry/v2/blobs', algorithm, hex.slice(0, 2), hex, 'data');
}

/**
 * Takes a manifest out of a repository, behind the registry's back; its tags stay.
 *
 * @param storage its `rootdirectory`
 * @param repository such as `redis`
 * @param digest `algorithm:hex`
 * @throws {NodeJS.ErrnoException} it isn't there
 */
export async function loseManifest(storage: string, repository: string, digest: string): Promise<void> {
  const [algorithm = '', hex = ''] = digest.split(':');
  const revisions = join(storage, 'docker/registry/v2/repositories', repository, '_manifests/revisions');
  await rm(join(revisions, algorithm, hex, 'link'));
}

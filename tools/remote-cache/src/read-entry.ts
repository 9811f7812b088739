import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

const OUTPUT = /^(?:\.\/)?dist\/images\/([^/]+)\/(?:([^/]+)\/(image|artifacts|test)|index)(?:\.json)?(?:\/|$)/;

/** What an entry is of, for those who list the cache. */
export interface EntryDescription {
  readonly project: string;
  /** Such as `compile:amd64`. */
  readonly target: string;
  /** Arch suffix; absent where the target is of no single platform. */
  readonly arch?: string;
}

/** Names the task that wrote an output of an image project; undefined for another path. */
export function describeOutput(path: string): EntryDescription | undefined {
  const [, project, arch, kind] = OUTPUT.exec(path) ?? [];
  if (project === undefined) return undefined;
  if (arch === undefined || kind === undefined) return { project, target: 'image' };
  return { project, arch, target: `${kind === 'artifacts' ? 'compile' : kind}:${arch}` };
}

/**
 * Looks into an entry of Nx's cache, a gzipped tar of a task's outputs, for what it is of. Nx's protocol doesn't tell.
 *
 * @param file absolute path
 * @returns undefined where it holds no output of an image project
 */
export async function describeEntry(file: string): Promise<EntryDescription | undefined> {
  const source = createReadStream(file);
  const gunzip = createGunzip();
  const entries = extract();
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('error', (error) => {
    entries.destroy(error);
  });
  source.pipe(gunzip).pipe(entries);
  try {
    for await (const entry of entries) {
      const found = describeOutput(entry.header.name);
      if (found !== undefined) return found;
      entry.resume();
    }
    return undefined;
  } catch {
    // Whatever it is, it is kept as it came.
    return undefined;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

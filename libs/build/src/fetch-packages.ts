import { join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { fetchSources, type FetchOptions, lockSources, NoUrlWorked, readLock } from '@dockyard/sources';
import { type BuildUse, type Project } from '@dockyard/project';
import { resolvePackages } from './lock-packages.ts';

/** The Debian packages of a build, in the store. */
export interface FetchedPackages {
  /** Paths by file name. */
  readonly debs: ReadonlyMap<string, string>;
  /** They aren't those of the lock. */
  readonly unlocked: boolean;
}

/**
 * Fetches the locked Debian packages of a build. Debian's mirrors drop a version once there is a newer one: where a locked package is on
 * none of them any more, all that the build installs is what apt resolves now, from lists that Debian signed, so that an old commit still
 * builds. With DOCKYARD_LOCKED=true that is an error. A mirror that can't be reached is one in any case.
 *
 * @param o.onLine takes the notice.
 * @param lock the lock file, relative to the workspace root.
 * @param options how to fetch.
 * @throws UserError where packages can't be had.
 */
export async function fetchPackages(
  o: {
    workspace: string;
    project: Project;
    use: BuildUse;
    platform: string;
    onLine: (line: string) => void;
    signal?: AbortSignal;
  },
  lock: string,
  options: FetchOptions,
): Promise<FetchedPackages> {
  const locked = await readLock(join(o.workspace, lock));
  try {
    return { debs: await fetchSources(lockSources(locked), options), unlocked: false };
  } catch (error) {
    const { packages } = o.project.definition;
    if (!(error instanceof NoUrlWorked) || !error.gone || packages === undefined) throw error;
    const env = options.env ?? process.env;
    if (env['DOCKYARD_LOCKED'] === 'true')
      throw new UserError(
        `${lock}: a package is on no mirror any more, because Debian has a newer version.\n${error.message}`,
        {
          hint: `Lock the newer one: npm run lock ${o.project.project}. To build this commit as it is, name a mirror that keeps old versions (DOCKYARD_DEBIAN_MIRROR), or unset DOCKYARD_LOCKED: then the newer ones are installed, and the image can not be published.`,
          cause: error,
        },
      );
    o.onLine(`WARNING: ${lock}: a package is on no mirror any more, because Debian has a newer version.`);
    for (const line of error.message.split('\n')) o.onLine(`  ${line}`);
    const now = await resolvePackages(o, packages).catch((reason: unknown) => {
      if (!(reason instanceof UserError)) throw reason;
      throw new UserError(
        `${reason.message}\nSo this machine can't tell what to install in place of a package that is gone.`,
        {
          hint: `Lock the newer one where there is apt: npm run lock ${o.project.project}. Or name a mirror that keeps old versions: DOCKYARD_DEBIAN_MIRROR`,
          cause: reason,
        },
      );
    });
    const before = new Map(locked.packages.map(({ name, version }) => [name, version]));
    o.onLine(
      'WARNING: this build installs what apt resolves now. It is not what the lock says, and can not be published:',
    );
    for (const { name, version } of now.packages)
      if (before.get(name) !== version) o.onLine(`  ${name} ${version}, locked ${before.get(name) ?? 'without it'}`);
    o.onLine(`→ Lock the newer versions: npm run lock ${o.project.project}. DOCKYARD_LOCKED=true makes this an error.`);
    return { debs: await fetchSources(lockSources(now), options), unlocked: true };
  }
}

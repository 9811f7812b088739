import { readFile } from 'node:fs/promises';
import { CommandError, type Exec } from '@dockyard/exec';

/** Debian's two archives: each has a pool and suites of its own, and lies on mirrors of its own. */
export type DebianArchive = 'main' | 'security';

/** A repository as apt is configured with it. */
interface Configured {
  readonly uri: string;
  /** `trixie`, `trixie-security`. */
  readonly release: string;
}

/**
 * Lists the mirrors of Debian that this host's apt is configured with, whatever suite the host is of and whether or not
 * apt has read any lists yet.
 *
 * @param exec runs apt-get
 * @returns base URIs in apt's order, each ending in `/`, with the archive that each is asked for; none where there is no
 *   apt, or one with other repositories only
 */
export async function mirrorsOfApt(exec: Exec): Promise<{ uri: string; archive: DebianArchive }[]> {
  const origins = await readOrigins(exec);
  const configured = (await Promise.all((await readConfigured(exec)).map(withMirrorFile))).flat();
  return configured
    .filter(({ uri }) => /^https?:\/\/[^/]/.test(uri) && servesDebian(uri, origins.get(uri)))
    .map(({ uri, release }) => ({ uri, archive: archiveOf(release) }));
}

/** What the lists that apt has read say about who made them. */
async function readOrigins(exec: Exec): Promise<Map<string, string>> {
  const listed = await said(exec, ['indextargets', '--format', '$(REPO_URI)|$(ORIGIN)']);
  return new Map(
    listed.flatMap((line) => {
      const [uri = '', origin = ''] = line.split('|');
      return origin === '' ? [] : [[withSlash(uri), origin] as const];
    }),
  );
}

// `indextargets` tells nothing of a repository before its first update; what would be updated, apt always tells.
async function readConfigured(exec: Exec): Promise<Configured[]> {
  return (await said(exec, ['--print-uris', 'update'])).flatMap((line): Configured[] => {
    const [, uri, release] = /^'(.+?\/)dists\/(.+)\/(?:In)?Release' /.exec(line) ?? [];
    return uri === undefined || release === undefined ? [] : [{ uri, release }];
  });
}

/** apt's `mirror+file:`, which Debian's cloud images have: a file with one URI a line, tried in order. */
async function withMirrorFile(configured: Configured): Promise<Configured[]> {
  const file = /^mirror\+file:(?:\/\/)?(\/.+)\/$/.exec(configured.uri)?.[1];
  if (file === undefined) return [configured];
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const uri = /^\s*(https?:\S+)/.exec(line)?.[1];
    return uri === undefined ? [] : [{ ...configured, uri: withSlash(uri) }];
  });
}

async function said(exec: Exec, args: readonly string[]): Promise<string[]> {
  try {
    return (await exec({ command: 'apt-get', args, env: { LC_ALL: 'C' } })).stdout.split('\n');
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
}

// Before the first update only the customary path tells.
function servesDebian(uri: string, origin: string | undefined): boolean {
  return origin === undefined ? /\/debian(-security)?\/$/.test(uri) : origin === 'Debian';
}

function archiveOf(release: string): DebianArchive {
  return /(?:-security|\/updates)(?:\/|$)/.test(release) ? 'security' : 'main';
}

/** A base URI as all of this compares them. */
export function withSlash(uri: string): string {
  return uri.endsWith('/') ? uri : `${uri}/`;
}

import { CommandError, type Exec, UserError } from '@dockyard/exec';

const SECURITY_POOL = 'pool/updates/';

/** Where Debian packages may come from. */
export interface MirrorOptions {
  /** Base URIs of Debian mirrors, tried in order; absent: the environment, then this host's apt. */
  readonly mirrors?: readonly string[];
  /** Environment read for DOCKYARD_DEBIAN_MIRROR; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * Finds the Debian mirrors to use: the option, else `DOCKYARD_DEBIAN_MIRROR` (space separated), else those that this
 * host's apt is configured with and that serve Debian itself.
 *
 * @param exec runs apt-get
 * @param options see {@link MirrorOptions}
 * @returns base URIs in order, each ending in `/`, none twice
 * @throws {UserError} there is none
 */
export async function findDebianMirrors(exec: Exec, options: MirrorOptions = {}): Promise<string[]> {
  const configured = options.mirrors ?? (options.env ?? process.env)['DOCKYARD_DEBIAN_MIRROR']?.split(/\s+/) ?? [];
  const given = configured.filter((uri) => uri !== '');
  const mirrors = given.length > 0 ? given : await mirrorsOfApt(exec);
  const found = [...new Set(mirrors.map((uri) => (uri.endsWith('/') ? uri : `${uri}/`)))];
  for (const uri of found)
    if (!/^https?:\/\/[^/]/.test(uri))
      throw new UserError(`${uri} is not a usable Debian mirror: its URL must begin with http:// or https://.`, {
        hint: 'Correct DOCKYARD_DEBIAN_MIRROR.',
      });
  if (found.length === 0)
    throw new UserError('No Debian mirror is known: this host has no apt that is configured with one.', {
      hint: 'Set DOCKYARD_DEBIAN_MIRROR to the base URL of a Debian mirror (several: space separated, the security mirror too).',
    });
  return found;
}

/** Whether a mirror holds Debian's security archive, by the name that every such mirror carries. */
export function isSecurityMirror(uri: string): boolean {
  return /debian-security\/*$/.test(uri);
}

/**
 * Orders the URLs of one pool file.
 *
 * @param mirrors base URIs as {@link findDebianMirrors} returns them
 * @param path path below a mirror, e.g. `pool/main/h/hello/hello_2.10.orig.tar.gz`
 * @returns one URL a mirror; security mirrors come first for what lies in the security pool, last for anything else
 */
export function poolUrls(mirrors: readonly string[], path: string): string[] {
  const inSecurity = path.startsWith(SECURITY_POOL);
  const first = mirrors.filter((uri) => isSecurityMirror(uri) === inSecurity);
  const rest = mirrors.filter((uri) => isSecurityMirror(uri) !== inSecurity);
  return [...first, ...rest].map((uri) => uri + path.split('/').map(encodeURIComponent).join('/'));
}

async function mirrorsOfApt(exec: Exec): Promise<string[]> {
  let listed: string;
  try {
    const format = '$(REPO_URI)|$(ORIGIN)|$(CREATED_BY)';
    listed = (await exec({ command: 'apt-get', args: ['indextargets', '--format', format] })).stdout;
  } catch (error) {
    if (error instanceof CommandError) return [];
    throw error;
  }
  return listed.split('\n').flatMap((line) => {
    const [uri = '', origin = '', kind] = line.split('|');
    return kind === 'Packages' && /^https?:/.test(uri) && servesDebian(uri, origin) ? [uri] : [];
  });
}

// apt knows a repository's origin only after the first `apt-get update`; before that only the customary path tells.
function servesDebian(uri: string, origin: string): boolean {
  return origin === 'Debian' || (origin === '' && /\/debian(-security)?\/*$/.test(uri));
}

import { type Exec, UserError } from '@dockyard/exec';
import { type DebianArchive, mirrorsOfApt, withSlash } from './apt-mirrors.ts';

/** What is asked where neither a person nor apt names a mirror. */
export const DEFAULT_MIRRORS: Readonly<Record<DebianArchive, string>> = {
  main: 'http://ftp.debian.org/debian/',
  security: 'http://security.debian.org/debian-security/',
};

const SECURITY_POOL = 'pool/updates/';

/** Where Debian packages may come from. */
export interface MirrorOptions {
  /** Base URIs of Debian mirrors, tried in order; absent: the environment, then this host's apt, then Debian's own. */
  readonly mirrors?: readonly string[];
  /** Environment read for DOCKYARD_DEBIAN_MIRROR; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A mirror of one of Debian's archives. */
export interface DebianMirror {
  /** Ends in `/`. */
  readonly uri: string;
  readonly archive: DebianArchive;
  /** Nobody named it, and others were named: it is asked once, after those, and its failure proves nothing. */
  readonly fallback: boolean;
}

/**
 * Finds the Debian mirrors to use, which are those of every suite. The option, else `DOCKYARD_DEBIAN_MIRROR` (space
 * separated), names all of them. Without either, they are those that this host's apt is configured with, and after them
 * Debian's own, so that there always are some, whatever the host is.
 *
 * Where no mirror of the security archive is named, it is looked for beside the main one, where most mirrors have it.
 *
 * @param exec runs apt-get
 * @param options see {@link MirrorOptions}
 * @returns in the order in which each archive's are to be asked, none twice
 * @throws {UserError} a URI that is named can't be one
 */
export async function findDebianMirrors(exec: Exec, options: MirrorOptions = {}): Promise<DebianMirror[]> {
  const configured = options.mirrors ?? (options.env ?? process.env)['DOCKYARD_DEBIAN_MIRROR']?.split(/\s+/) ?? [];
  const given = configured.filter((uri) => uri !== '').map(checked);
  const found = given.length > 0 ? named(given) : withDefaults(await mirrorsOfApt(exec));
  return found.filter(({ uri, archive }, at) => found.findIndex((o) => o.uri === uri && o.archive === archive) === at);
}

function checked(uri: string): string {
  if (/^https?:\/\/[^/]/.test(uri)) return withSlash(uri);
  throw new UserError(`${uri} is not a usable Debian mirror: its URL must begin with http:// or https://.`, {
    hint: 'Correct DOCKYARD_DEBIAN_MIRROR.',
  });
}

function named(uris: readonly string[]): DebianMirror[] {
  const main = uris.filter((uri) => !/-security\/$/.test(uri)).map(mirror('main'));
  const security = uris.filter((uri) => /-security\/$/.test(uri)).map(mirror('security'));
  // It may also have another name.
  const guessed = security.length > 0 ? [] : [...besides(main), ...main.map(({ uri }) => uri)];
  return [...main, ...security, ...guessed.map(mirror('security', true))];
}

function withDefaults(ofApt: readonly { uri: string; archive: DebianArchive }[]): DebianMirror[] {
  const main = ofApt.filter(({ archive }) => archive === 'main').map(({ uri }) => mirror('main')(uri));
  const security = ofApt.filter(({ archive }) => archive === 'security').map(({ uri }) => mirror('security')(uri));
  return [
    ...main,
    mirror('main', main.length > 0)(DEFAULT_MIRRORS.main),
    ...security,
    ...(security.length > 0 ? [] : besides(main).map(mirror('security', true))),
    mirror('security', security.length > 0)(DEFAULT_MIRRORS.security),
  ];
}

function mirror(archive: DebianArchive, fallback = false): (uri: string) => DebianMirror {
  return (uri) => ({ uri, archive, fallback });
}

/** `…/debian/` has `…/debian-security/` beside it. */
function besides(main: readonly DebianMirror[]): string[] {
  return main.flatMap(({ uri }) => {
    const [, before, after] = /^(.*\/debian)(\/.*)$/.exec(uri) ?? [];
    return before === undefined || after === undefined ? [] : [`${before}-security${after}`];
  });
}

/**
 * Finds the mirrors of one file.
 *
 * @param mirrors as {@link findDebianMirrors} returns them
 * @param path path below a mirror, e.g. `pool/main/h/hello/hello_2.10.orig.tar.gz`
 * @returns the file's URL on each mirror of its archive, in order
 */
export function poolUrls(mirrors: readonly DebianMirror[], path: string): { url: string; fallback: boolean }[] {
  const wanted: DebianArchive = path.startsWith(SECURITY_POOL) ? 'security' : 'main';
  const below = path.split('/').map(encodeURIComponent).join('/');
  return mirrors
    .filter(({ archive }) => archive === wanted)
    .map(({ uri, fallback }) => ({ url: uri + below, fallback }));
}

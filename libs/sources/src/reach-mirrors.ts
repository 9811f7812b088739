import { type Exec, exec as realExec } from '@dockyard/exec';
import type { DebianArchive } from './apt-mirrors.ts';
import { type DebianMirror, findDebianMirrors, type MirrorOptions } from './debian-mirrors.ts';
import { HttpClient, shownUrl } from './http-client.ts';
import { TransferError } from './transfer-error.ts';

/** What came of asking the mirrors of one archive. */
export interface ReachedMirror {
  readonly archive: DebianArchive;
  /** The first that answers, as messages show it; undefined where none does. */
  readonly uri: string | undefined;
  /** Why the ones before it don't, by their URI as messages show it. */
  readonly failures: ReadonlyMap<string, string>;
}

/**
 * Asks for the first mirror of each archive of Debian that answers here.
 *
 * @param options mirrors; `stallMs` is the patience with each, 5,000 by default
 * @throws {UserError} a URI that is named can't be a mirror
 */
export async function reachMirrors(
  options: MirrorOptions & { readonly stallMs?: number; readonly exec?: Exec } = {},
): Promise<ReachedMirror[]> {
  const mirrors = await findDebianMirrors(options.exec ?? realExec, options);
  const http = new HttpClient();
  try {
    return await Promise.all(
      (['main', 'security'] as const).map((archive) =>
        firstThatAnswers(
          archive,
          mirrors.filter((mirror) => mirror.archive === archive),
          (uri) => problemWith(http, uri + PROOF[archive], options.stallMs ?? 5_000),
        ),
      ),
    );
  } finally {
    http.close();
  }
}

async function firstThatAnswers(
  archive: DebianArchive,
  mirrors: readonly DebianMirror[],
  problemOf: (uri: string) => Promise<string | undefined>,
): Promise<ReachedMirror> {
  const failures = new Map<string, string>();
  for (const { uri } of mirrors) {
    const problem = await problemOf(uri);
    if (problem === undefined) return { archive, uri: shownUrl(uri), failures };
    failures.set(shownUrl(uri), problem);
  }
  return { archive, uri: undefined, failures };
}

/** What each mirror of an archive has, whatever suites it carries. */
const PROOF: Readonly<Record<DebianArchive, string>> = {
  main: 'dists/stable/InRelease',
  security: 'dists/stable-security/InRelease',
};

async function problemWith(http: HttpClient, url: string, stallMs: number): Promise<string | undefined> {
  try {
    const request = { signal: new AbortController().signal, stallMs, insecure: true };
    (await http.get(url, request)).discard();
    return undefined;
  } catch (error) {
    if (error instanceof TransferError) return error.message;
    throw error;
  }
}

import { writeFile } from 'node:fs/promises';
import { CommandError, UserError } from '@dockyard/exec';
import type { DebianArchive } from './apt-mirrors.ts';
import type { AptRoot } from './apt-root.ts';
import type { DebianMirror } from './debian-mirrors.ts';
import { shownUrl } from './http-client.ts';

/** Whose keys Debian's lists are signed with. */
export const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Suites to read from one mirror. */
interface Source {
  readonly uri: string;
  readonly suites: readonly string[];
}

/**
 * Reads the package lists of a suite, its updates and its security updates into an apt root, those of each archive from
 * the first mirror that gives them.
 *
 * @param apt the root
 * @param file its `sources.list`, which then names these mirrors
 * @param o suite, architecture as Debian names it, mirrors in order
 * @throws {UserError} no mirror of an archive gives them
 */
export async function readLists(
  apt: AptRoot,
  file: string,
  o: { readonly suite: string; readonly architecture: string; readonly mirrors: readonly DebianMirror[] },
): Promise<void> {
  const lists = new Lists(apt, file, o.architecture);
  const archives = (['main', 'security'] as const).flatMap((archive) => {
    const suites = suitesOf(o.suite, archive);
    const mirrors = o.mirrors.filter((mirror) => mirror.archive === archive);
    return suites.length === 0 ? [] : [{ archive, sources: mirrors.map(({ uri }): Source => ({ uri, suites })) }];
  });
  // Mostly the first ones give them: then they are read at the same time.
  const first = archives.flatMap(({ sources }) => sources.slice(0, 1));
  if (first.length === archives.length && (await lists.read(first)) === undefined) return;
  for (const { archive, sources } of archives) {
    const failures: { uri: string; error: CommandError }[] = [];
    for (const source of sources) {
      const error = await lists.read([source]);
      if (error === undefined) break;
      failures.push({ uri: source.uri, error });
    }
    if (failures.length === sources.length) throw unreadable(o, archive, failures);
  }
}

/** Debian has neither updates nor security updates of the suite that it develops. */
function suitesOf(suite: string, archive: DebianArchive): string[] {
  if (['sid', 'unstable'].includes(suite)) return archive === 'main' ? [suite] : [];
  return archive === 'main' ? [suite, `${suite}-updates`] : [`${suite}-security`];
}

function unreadable(
  o: { readonly suite: string; readonly architecture: string },
  archive: DebianArchive,
  failures: readonly { uri: string; error: CommandError }[],
): UserError {
  const what = `${archive === 'security' ? 'the security updates of ' : ''}Debian ${o.suite} (${o.architecture})`;
  const said = failures.map(({ uri, error }) => {
    const text = error.stderr.trim() === '' ? error.message : error.stderr.trim();
    return `from ${shownUrl(uri)}\n${text.replace(/^/gm, '  ')}`;
  });
  return new UserError(
    [`The package lists of ${what} can't be read:`, ...(said.length === 0 ? ['no mirror is named'] : said)].join('\n'),
    {
      hint:
        archive === 'security'
          ? 'Check the network, or name a mirror of the security archive too: DOCKYARD_DEBIAN_MIRROR="https://…/debian https://…/debian-security"'
          : `Check the network, and that ${o.suite} is a suite of Debian; DOCKYARD_DEBIAN_MIRROR names other mirrors.`,
      cause: failures[0]?.error,
    },
  );
}

/** The lists that an apt root has read. */
class Lists {
  readonly #apt: AptRoot;
  readonly #file: string;
  readonly #options: string;
  #lines: readonly string[] = [];

  constructor(apt: AptRoot, file: string, architecture: string) {
    this.#apt = apt;
    this.#file = file;
    this.#options = `[arch=${architecture} signed-by=${KEYRING}]`;
  }

  /** Reads more of them; what went wrong, where some can't be read and so none was added. */
  async read(sources: readonly Source[]): Promise<CommandError | undefined> {
    const lines = sources.flatMap(({ uri, suites }) =>
      suites.map((suite) => `deb ${this.#options} ${uri} ${suite} main\n`),
    );
    const before = this.#lines;
    await writeFile(this.#file, lines.join(''));
    try {
      await this.#apt.run('apt-get', ['update', '--error-on=any', '--no-list-cleanup']);
      this.#lines = [...before, ...lines];
      return undefined;
    } catch (error) {
      if (error instanceof CommandError && error.exitCode !== undefined) return error;
      throw error;
    } finally {
      await writeFile(this.#file, this.#lines.join(''));
    }
  }
}

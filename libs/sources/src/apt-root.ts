import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, type CommandResult, type Exec, UserError, withTemporaryDirectory } from '@dockyard/exec';
import { KEYRING, readLists } from './apt-lists.ts';
import type { DebianMirror } from './debian-mirrors.ts';

/** What an isolated apt works on. */
export interface AptRootOptions {
  readonly suite: string;
  /** As Debian names it. */
  readonly architecture: string;
  /** Of both archives; of each the first that serves the suite is read. */
  readonly mirrors: readonly DebianMirror[];
  /** Parent of the temporary folder; see {@link withAptRoot}. */
  readonly parent: string;
  readonly exec: Exec;
  readonly signal?: AbortSignal;
}

/** An apt that knows nothing of this host but its programs and how to reach the network. */
export interface AptRoot {
  /** Runs one of apt's programs in the root. */
  run(program: 'apt-get' | 'apt-cache', args: readonly string[]): Promise<CommandResult>;
  /** Replaces the list of what is installed: stanzas as in dpkg's status file. */
  setStatus(stanzas: readonly string[]): Promise<void>;
}

/**
 * Makes an isolated apt root (own state, cache, sources and status), reads the package lists of the suite, its updates
 * and its security updates into it, hands it on and removes it. Resolving in it runs no code of the architecture.
 *
 * @param options suite, architecture, mirrors; `parent` gets the temporary folder (about 100 MB for a moment)
 * @param use works with the root
 * @returns what `use` returned
 * @throws {UserError} apt or Debian's keys are missing, or the lists can't be read
 */
export async function withAptRoot<T>(options: AptRootOptions, use: (apt: AptRoot) => Promise<T>): Promise<T> {
  const { exec, architecture } = options;
  await access(KEYRING).catch((error: unknown) => {
    throw new UserError(`Debian's package lists can't be verified here: there is no ${KEYRING}.`, {
      hint: 'Lock packages on a Debian or Ubuntu machine with the package debian-archive-keyring.',
      cause: error,
    });
  });
  const transport = await transportSettings(exec);
  return withTemporaryDirectory(options.parent, 'apt-', async (root) => {
    for (const dir of ['etc/preferences.d', 'etc/sources.list.d', 'etc/apt.conf.d', 'etc/trusted.gpg.d'])
      await mkdir(join(root, dir), { recursive: true });
    for (const dir of ['state/lists/partial', 'cache/archives/partial', 'log'])
      await mkdir(join(root, dir), { recursive: true });
    const status = join(root, 'status');
    await writeFile(status, '');
    await writeFile(join(root, 'apt.conf'), configuration(root, architecture) + transport, { mode: 0o600 });
    const env = { APT_CONFIG: join(root, 'apt.conf'), LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
    const limits = options.signal === undefined ? {} : { signal: options.signal };
    const apt: AptRoot = {
      run: (command, args) => exec({ command, args, env, cwd: root }, limits),
      setStatus: (stanzas) => writeFile(status, stanzas.map((stanza) => `${stanza.trim()}\n\n`).join('')),
    };
    await readLists(apt, join(root, 'etc/sources.list'), options);
    return use(apt);
  });
}

function configuration(root: string, architecture: string): string {
  return Object.entries({
    'Dir::State': `${root}/state/`,
    'Dir::State::status': `${root}/status`,
    'Dir::State::extended_states': `${root}/state/extended_states`,
    'Dir::Cache': `${root}/cache/`,
    'Dir::Log': `${root}/log/`,
    'Dir::Etc': `${root}/etc/`,
    'APT::Architecture': architecture,
    'APT::Architectures::': architecture,
    'APT::Install-Recommends': 'false',
    'APT::Install-Suggests': 'false',
    // Root's apt would otherwise become a user that can't look into the private folder.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
  })
    .map(([key, value]) => `${key} "${value}";\n`)
    .join('');
}

// Proxies and the like are the host's affair; which packages there are is not.
async function transportSettings(exec: Exec): Promise<string> {
  try {
    const dump = await exec({ command: 'apt-config', args: ['dump', '--format', '%F "%v";%n', 'Acquire'] });
    const wanted = /^Acquire::(?:https?::|Retries|ForceIPv[46]|Check-|Max-ValidTime|Min-ValidTime)/;
    return dump.stdout
      .split('\n')
      .filter((line) => wanted.test(line))
      .map((line) => `${line}\n`)
      .join('');
  } catch (error) {
    if (error instanceof CommandError && error.notFound)
      throw new UserError('Packages can only be locked where there is apt, and this machine has none.', {
        hint: 'Run this on a Debian or Ubuntu machine; building needs no apt.',
        cause: error,
      });
    throw error;
  }
}

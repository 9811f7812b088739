import { tmpdir } from 'node:os';
import { CommandError, type Exec, exec as realExec, UserError } from '@dockyard/exec';
import { type AptRoot, withAptRoot } from './apt-root.ts';
import { findDebianMirrors, type MirrorOptions } from './debian-mirrors.ts';
import { byName, type LockedPackage, type LockedPackages } from './locked-packages.ts';
import { parseStanzas, type Stanza } from './stanza.ts';

/** What to resolve. */
export interface LockRequest {
  /** Debian suite, e.g. `trixie`. */
  readonly suite: string;
  /** As Debian names it; see {@link debianArchitecture}. Any that the mirrors serve. */
  readonly architecture: string;
  /** Names of the packages wanted; apt's patterns and `name=version` work too. */
  readonly install: readonly string[];
  /** What the parents already hold; nothing of it comes into the lock. */
  readonly installed: readonly LockedPackage[];
  /** Start from nothing and add all essential packages. */
  readonly bootstrap: boolean;
  /** Lock the named packages and nothing else, for an image that only unpacks them; what it holds, no package manager sees. */
  readonly alone?: boolean;
}

export interface LockOptions extends MirrorOptions {
  readonly signal?: AbortSignal;
  /** Parent of the temporary folder; default the system's. */
  readonly temporary?: string;
  /** Default: the real one. */
  readonly exec?: Exec;
}

/**
 * Asks this host's apt which packages an image needs, in an isolated root. No code of the architecture runs.
 *
 * @param request suite, architecture, wanted and present packages
 * @param options mirrors and cancelling
 * @returns the packages to add, sorted by name, without recommended ones
 * @throws {UserError} no mirror or no apt; a package is unknown, can't be installed, or would remove a parent's
 */
export async function lockPackages(request: LockRequest, options: LockOptions = {}): Promise<LockedPackages> {
  const exec = options.exec ?? realExec;
  const mirrors = await findDebianMirrors(exec, options);
  const { suite, architecture } = request;
  const root = {
    suite,
    architecture,
    mirrors,
    exec,
    parent: options.temporary ?? tmpdir(),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  return withAptRoot(root, async (apt) => {
    await apt.setStatus(await installedStanzas(apt, request.installed));
    const added = request.alone === true ? await candidates(apt, request) : await resolve(apt, request);
    const packages = await describe(apt, added, architecture);
    return { suite, architecture, packages: packages.sort(byName) };
  });
}

/**
 * Debian's name of an architecture.
 *
 * @param suffix arch suffix as in target names: `amd64 arm64 armv7 386 ppc64le s390x riscv64`
 */
export function debianArchitecture(suffix: string): string {
  const names: Readonly<Record<string, string>> = { armv7: 'armhf', '386': 'i386', ppc64le: 'ppc64el' };
  return names[suffix] ?? suffix;
}

interface Added {
  readonly name: string;
  readonly version: string;
}

async function resolve(apt: AptRoot, request: LockRequest): Promise<Added[]> {
  const wanted = request.bootstrap ? ['?essential', ...request.install] : request.install;
  if (wanted.length === 0) return [];
  const args = ['install', '--simulate', '--no-install-recommends', '--quiet=2', '--', ...wanted];
  const { stdout } = await apt.run('apt-get', args).catch((error: unknown) => {
    if (!(error instanceof CommandError) || error.exitCode === undefined) throw error;
    const { suite, architecture } = request;
    throw new UserError(
      `Debian ${suite} (${architecture}) can't install ${wanted.join(' ')}:\n${[error.stderr, error.stdout].join('\n').trim()}`,
      { hint: 'Check the package names in image.yaml, and lock the parent images first.', cause: error },
    );
  });
  const lines = stdout.split('\n');
  const removed = lines.filter((line) => line.startsWith('Remv ')).map((line) => line.split(' ')[1] ?? '');
  if (removed.length > 0)
    throw new UserError(
      `Installing ${wanted.join(' ')} would remove ${removed.join(', ')}, which a parent image holds.`,
      {
        hint: 'Choose packages that go with those of the parent, or another parent.',
      },
    );
  return lines.flatMap((line) => {
    const match = /^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) /.exec(line);
    return match?.[1] === undefined || match[2] === undefined ? [] : [{ name: bareName(match[1]), version: match[2] }];
  });
}

async function candidates(apt: AptRoot, { install, suite, architecture }: LockRequest): Promise<Added[]> {
  const known = await show(apt, install, ['--no-all-versions']);
  return install.map((name) => {
    const version = known.find((one) => one.field('Package') === name)?.field('Version');
    if (version === undefined)
      throw new UserError(`Debian ${suite} (${architecture}) has no package ${name}.`, {
        hint: 'Check the package names in image.yaml.',
      });
    return { name, version };
  });
}

function bareName(name: string): string {
  return name.replace(/:[a-z0-9-]+$/, '');
}

async function describe(apt: AptRoot, added: readonly Added[], architecture: string): Promise<LockedPackage[]> {
  const known = await show(
    apt,
    added.map(({ name, version }) => `${name}=${version}`),
  );
  return added.map(({ name, version }) => {
    const stanza = known.find(
      (one) =>
        one.field('Package') === name &&
        one.field('Version') === version &&
        [architecture, 'all'].includes(one.field('Architecture') ?? ''),
    );
    const path = stanza?.field('Filename')?.replace(/^\.\//, '');
    const size = Number(stanza?.field('Size'));
    const sha256 = stanza?.field('SHA256');
    if (stanza === undefined || path === undefined || !(size > 0) || sha256 === undefined)
      throw new UserError(`The package lists don't tell where ${name} ${version} lies, its size and its SHA256.`, {
        hint: 'Use another mirror (DOCKYARD_DEBIAN_MIRROR).',
      });
    return { name, version, architecture: stanza.field('Architecture') ?? architecture, path, size, sha256 };
  });
}

// A parent may have been locked before the mirror moved on: then what the newer version says stands in, under the
// version that the parent really holds, so that apt can decide whether it has to be upgraded.
async function installedStanzas(apt: AptRoot, installed: readonly LockedPackage[]): Promise<string[]> {
  if (installed.length === 0) return [];
  const all = await show(
    apt,
    installed.map(({ name }) => name),
    ['--all-versions'],
  );
  return installed.map(({ name, version, architecture }) => {
    const same = all.filter((one) => one.field('Package') === name);
    const stanza = same.find((one) => one.field('Version') === version) ?? same[0];
    const fields = stanza?.without(UNINSTALLED_FIELDS) ?? '';
    return `Package: ${name}\nStatus: install ok installed\nVersion: ${version}\nArchitecture: ${architecture}\n${fields}`;
  });
}

const UNINSTALLED_FIELDS = [
  ...['Package', 'Status', 'Version', 'Architecture', 'Filename', 'Size', 'MD5sum', 'SHA1', 'SHA256', 'SHA512'],
  ...['Description', 'Description-md5', 'Tag', 'Task', 'APT-Manual-Installed'],
];

async function show(apt: AptRoot, names: readonly string[], options: readonly string[] = []): Promise<Stanza[]> {
  if (names.length === 0) return [];
  // It fails when it doesn't know one of them, and shows the others all the same: the callers see what is missing.
  const { stdout } = await apt.run('apt-cache', ['show', ...options, '--', ...names]).catch((error: unknown) => {
    if (error instanceof CommandError && error.exitCode === 100) return { stdout: error.stdout };
    throw error;
  });
  return parseStanzas(stdout);
}

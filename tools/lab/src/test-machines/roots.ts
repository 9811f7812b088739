import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { exec, UserError, writeFileAtomic } from '@dockyard/exec';
import { removeTree } from '../mounts.ts';
import type { MachineKind } from './catalog.ts';

/** The user beside root that every machine has. */
export const USER = { name: 'dev', uid: 1000 } as const;

const MARK = 'etc/dockyard-test-machine';
const PARTIAL = '.partial-';

/**
 * Says what the root of a machine is made of, for mmdebstrap. Pure.
 *
 * @param kind the machine
 * @param target folder that it is made in
 */
export function rootArguments(kind: MachineKind, target: string): string[] {
  const packages = [
    ...['ca-certificates', 'git', 'mount', 'passwd', 'sudo'],
    ...(kind.node === undefined ? ['nodejs', 'npm'] : []),
    ...(kind.engine === 'docker' ? ['docker.io', 'docker-buildx', 'docker-cli', 'iptables'] : []),
  ];
  return [
    '--quiet',
    '--variant=apt',
    // A mirror's copy of sid can be older than its Release file allows.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    `--include=${packages.join(',')}`,
    `--customize-hook=chroot "$1" useradd --create-home --uid ${String(USER.uid)} --shell /bin/bash ${USER.name}`,
    ...(kind.fromExperimental === undefined ? [] : experimental(kind.suite, kind.fromExperimental)),
    kind.suite,
    target,
  ];
}

/** Its mirror is that of the suite, whichever that is; its packages are taken only where they are named. */
function experimental(suite: string, packages: readonly string[]): string[] {
  const list = 'etc/apt/sources.list';
  const pin = `Package: ${packages.join(' ')}\\nPin: release a=experimental\\nPin-Priority: 990\\n`;
  return [
    `--customize-hook=sed 's/ ${suite} / experimental /' "$1/${list}" >"$1/${list}.d/experimental.list"`,
    `--customize-hook=printf '${pin}' >"$1/etc/apt/preferences.d/experimental"`,
  ];
}

/**
 * Makes the root of a kind of machine, unless the folder has it: of Debian packages from the mirror that Debian's tools use by default, and
 * of npm packages where Node is not the suite's. A part that an interrupted run left is thrown away.
 *
 * @param folder of all roots
 * @param kind the machine
 * @param options.report called with a line before it is made
 * @param options.signal ends it
 * @returns its folder
 * @throws {UserError} the packages could not be had
 */
export async function ensureRoot(
  folder: string,
  kind: MachineKind,
  options: { readonly report: (line: string) => void; readonly signal?: AbortSignal },
): Promise<string> {
  const root = join(folder, kind.name);
  const recipe = `${[...rootArguments(kind, ''), kind.node?.node, kind.node?.npm].join('\n')}\n`;
  if ((await readFile(join(root, MARK), 'utf8').catch(() => undefined)) === recipe) return root;
  for (const name of await readdir(folder))
    if (name.startsWith(`${kind.name}${PARTIAL}`)) await removeTree(join(folder, name));
  options.report(`making its root of Debian packages (${kind.suite}, about a minute)`);
  // A name of its own: the mmdebstrap of a run that was killed may still be at work in its part.
  const partial = `${root}${PARTIAL}${randomBytes(4).toString('hex')}`;
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  try {
    await exec({ command: 'mmdebstrap', args: rootArguments(kind, partial) }, signal);
    if (kind.node !== undefined) await exec(nodeCommand(partial, kind.node), signal);
  } catch (error) {
    await removeTree(partial);
    if (options.signal?.aborted === true) throw error;
    throw new UserError(
      `The root of ${kind.name} could not be made: ${error instanceof Error ? error.message : String(error)}`,
      { hint: "Debian's and npm's packages must be reachable from this machine (try `apt-get update`).", cause: error },
    );
  }
  await writeFileAtomic(join(partial, MARK), recipe);
  await removeTree(root);
  await rename(partial, root);
  return root;
}

/** Installs Node and npm where an administrator would. */
export function nodeCommand(
  root: string,
  { node, npm }: NonNullable<MachineKind['node']>,
): { command: string; args: string[]; cwd: string } {
  const arch = process.arch;
  const packages = [`node-linux-${arch}@${node}`, `npm@${npm}`];
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  return {
    command: 'npm',
    args: ['install', '--global', '--prefix', join(root, 'usr/local'), ...flags, ...packages],
    // Outside of any project: its settings are for itself.
    cwd: '/',
  };
}

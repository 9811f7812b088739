import { idArguments, ourselves } from '@dockyard/engine';
import { exec, UserError } from '@dockyard/exec';
import { cancellation } from '../cancellation.ts';
import { aptGet, aptPackages, asRoot, hasApt, missingPackages } from './apt.ts';
import { hasCgroupsV2, mayBecomeRoot, textOf } from './facts.ts';
import { CANDIDATES, installCommand, podmanPackages, unknownPodmanPackages } from './podman-packages.ts';

const INSTALL_YOURSELF =
  'Install Podman 4.3 or newer (Debian, Ubuntu: apt-get install podman; Fedora: dnf install podman), or a Docker Engine with buildx and the ' +
  'containerd image store (macOS: Docker Desktop, Settings, General).';

/**
 * Installs what is missing of Podman, and gives this user ids, as far as we may.
 *
 * @param reason why it is needed: an engine that isn't there, or that lacks something
 * @param announce called with a line before each step
 * @returns whether anything was changed; false where all is there already
 * @throws {UserError} the reason, with the one command that an administrator has to run
 */
export async function completePodman(reason: UserError, announce: (line: string) => void): Promise<boolean> {
  if (!(await hasApt())) throw withHint(reason, reason.hint ?? INSTALL_YOURSELF);
  const machine = { uid: process.getuid?.() ?? -1, cgroupsV2: hasCgroupsV2() };
  const may = await mayBecomeRoot(machine.uid);
  let packages = await aptPackages(CANDIDATES);
  if (may && !packages.has('podman')) {
    announce('apt has no list of packages yet: apt-get update');
    await aptGet(machine.uid, 'update');
    packages = await aptPackages(CANDIDATES);
  }
  const ids = machine.uid === 0 || (await hasIds()) ? undefined : idArguments(await ourselves());
  if (!may && !packages.has('podman'))
    throw administrator(reason, ['sudo apt-get update', installCommand(unknownPodmanPackages(machine)), ...give(ids)]);
  const missing = await missingPackages(podmanPackages(packages, machine));
  if (missing.length === 0 && ids === undefined) return false;
  if (!may) throw administrator(reason, [...(missing.length === 0 ? [] : [installCommand(missing)]), ...give(ids)]);
  if (missing.length > 0) await install(machine.uid, missing, announce);
  if (ids !== undefined) {
    announce(`giving this user the ids that images have: usermod ${ids.join(' ')}`);
    await exec(asRoot(machine.uid, 'usermod', ids), { signal: cancellation.signal });
    // What holds its user namespace was begun without them.
    await exec({ command: 'podman', args: ['system', 'migrate'] }, { reject: false });
  }
  return true;
}

async function install(uid: number, names: readonly string[], announce: (line: string) => void): Promise<void> {
  announce(`installing ${names.join(' ')}: apt-get install --no-install-recommends`);
  const args = ['install', '--yes', '--no-install-recommends', ...names] as const;
  try {
    await aptGet(uid, ...args);
  } catch (error) {
    if (!(error instanceof UserError) || !/404|failed to fetch/i.test(error.message)) throw error;
    announce("apt's list of packages is old: apt-get update, and once more");
    await aptGet(uid, 'update');
    await aptGet(uid, ...args);
  }
}

/** Whether /etc/subuid and /etc/subgid have a range of ids for this user, by name or number. */
async function hasIds(): Promise<boolean> {
  const { uid, user } = await ourselves();
  const texts = await Promise.all(['/etc/subuid', '/etc/subgid'].map(textOf));
  return texts.every((text) => text.split('\n').some((line) => [user, String(uid)].includes(line.split(':')[0] ?? '')));
}

function give(ids: readonly string[] | undefined): string[] {
  return ids === undefined ? [] : [`sudo usermod ${ids.join(' ')}`];
}

function administrator(reason: UserError, commands: readonly string[]): UserError {
  return new UserError(`${reason.message}\nMending that takes root, and this user has no sudo without a password.`, {
    hint: `Run once, or have it run by who may: ${commands.join(' && ')}`,
    cause: reason,
  });
}

function withHint(reason: UserError, hint: string): UserError {
  return new UserError(reason.message, { hint, cause: reason });
}

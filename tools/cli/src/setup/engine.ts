import { detectEngine, type Engine, engineOfEnvironment } from '@dockyard/engine';
import { exec, UserError } from '@dockyard/exec';
import { cancellation } from '../cancellation.ts';
import { containersConf } from './containers-conf.ts';
import { containerFacts, findProgram, mayBecomeRoot } from './facts.ts';
import { asRoot, installPodman } from './podman-packages.ts';

const CONFIGURATION = '/etc/containers/containers.conf.d/dockyard.conf';

const INSTALL_YOURSELF =
  'Install Podman 4.3 or newer (Debian, Ubuntu: apt-get install podman; Fedora: dnf install podman), or a Docker Engine with buildx and the ' +
  'containerd image store (macOS: Docker Desktop, Settings, General).';

/**
 * Finds an engine; where there is none, installs Podman on Debian and Ubuntu if we may.
 *
 * @param announce called with a line before each step that changes the machine
 * @param preferred take this one or none
 * @throws {UserError} there is none and we may not install one: says exactly what to do
 */
export async function ensureEngine(announce: (line: string) => void, preferred?: 'podman'): Promise<Engine> {
  const asked = preferred ?? engineOfEnvironment();
  const options = asked === undefined ? {} : { preferred: asked };
  const found = await detectEngine(options).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
  const present = (await findProgram('podman')) !== undefined;
  if (!(found instanceof UserError)) {
    if (found.name === 'podman') await configurePodman(announce);
    return found;
  }
  if (asked === 'buildkit') throw found;
  const uid = process.getuid?.() ?? -1;
  if (!present) {
    await requireRightToInstall(found, uid);
    announce('no container engine works here; Podman will be installed');
    await installPodman(uid, announce);
  }
  await configurePodman(announce);
  return detectEngine({ preferred: 'podman' });
}

async function requireRightToInstall(reason: UserError, uid: number): Promise<void> {
  if (process.platform !== 'linux' || (await findProgram('apt-get')) === undefined) {
    throw new UserError(reason.message, { hint: INSTALL_YOURSELF, cause: reason });
  }
  if (!(await mayBecomeRoot(uid))) {
    throw new UserError(`${reason.message}\nInstalling one takes root, and this user has no password-less sudo.`, {
      hint: 'Run once: sudo apt-get install --no-install-recommends podman runc netavark aardvark-dns conmon iptables slirp4netns uidmap fuse-overlayfs',
      cause: reason,
    });
  }
}

/** Writes the settings that Podman needs on this machine and that nobody has made. */
async function configurePodman(announce: (line: string) => void): Promise<void> {
  const uid = process.getuid?.() ?? -1;
  if (process.platform !== 'linux' || !(await mayBecomeRoot(uid))) return;
  const text = containersConf(await containerFacts(uid));
  if (text === undefined) return;
  const settings = text
    .split('\n')
    .filter((line) => line.includes('='))
    .join(', ');
  announce(`writing ${CONFIGURATION}: ${settings}`);
  const command = asRoot(uid, 'sh', ['-c', 'mkdir -p "${1%/*}" && cat >"$1"', 'sh', CONFIGURATION]);
  await exec({ ...command, input: text }, { signal: cancellation.signal });
}

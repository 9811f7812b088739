import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { containersConf, settingsIn } from './containers-conf.ts';
import { containerFacts } from './facts.ts';

/** Where a setting of ours goes: for all that root runs, or for this user alone. */
function configurationFile(uid: number): string {
  const folder = uid === 0 ? '/etc' : (process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'));
  return join(folder, 'containers', 'containers.conf.d', 'dockyard.conf');
}

/**
 * Writes the settings that Podman needs on this machine and that nobody has made.
 *
 * @param announce called with a line before anything is written
 * @throws {UserError} the file can't be written
 */
export async function configurePodman(announce: (line: string) => void): Promise<void> {
  const uid = process.getuid?.() ?? -1;
  if (process.platform !== 'linux') return;
  const text = containersConf(await containerFacts(uid));
  if (text === undefined) return;
  const path = configurationFile(uid);
  announce(`writing ${path}: ${settingsIn(text)}`);
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    throw new UserError(`${path} can't be written: ${error instanceof Error ? error.message : String(error)}`, {
      hint: `Podman needs these settings here; put them into a containers.conf that it reads, or set CONTAINERS_CONF to one:\n${text}`,
      cause: error,
    });
  }
}

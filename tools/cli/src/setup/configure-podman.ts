import { homedir } from 'node:os';
import { join } from 'node:path';
import { UserError, writeFileAtomic } from '@dockyard/exec';
import { containersConf, settingsIn } from './containers-conf.ts';
import { containerFacts, textOf } from './facts.ts';

/** A file of settings that Podman needs on this machine. */
export interface Settings {
  readonly path: string;
  /** All of it. */
  readonly text: string;
  /** What it sets, for a person. */
  readonly summary: string;
}

/**
 * Which settings Podman needs here that nobody has made, ours included.
 *
 * @returns undefined where there is nothing to write
 */
export async function missingSettings(): Promise<Settings | undefined> {
  if (process.platform !== 'linux') return undefined;
  const uid = process.getuid?.() ?? -1;
  // For all that root runs, or for this user alone.
  const folder = uid === 0 ? '/etc' : (process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'));
  const path = join(folder, 'containers', 'containers.conf.d', 'dockyard.conf');
  const text = containersConf(await containerFacts(uid, path));
  if (text === undefined || text === (await textOf(path))) return undefined;
  return { path, text, summary: settingsIn(text) };
}

/**
 * Writes the settings that Podman needs on this machine and that nobody has made.
 *
 * @param announce called with a line before anything is written
 * @throws {UserError} the file can't be written
 */
export async function configurePodman(announce: (line: string) => void): Promise<void> {
  const settings = await missingSettings();
  if (settings === undefined) return;
  const { path, text, summary } = settings;
  announce(`writing ${path}: ${summary}`);
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    throw new UserError(`${path} can't be written: ${error instanceof Error ? error.message : String(error)}`, {
      hint: `Podman needs these settings here. Put them into a file that you can write, and name it by CONTAINERS_CONF:\n${text}`,
      cause: error,
    });
  }
}

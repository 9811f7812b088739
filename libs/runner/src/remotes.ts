import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@dockyard/exec';
import { checkSshUrl, INVENTORY_FILE, loadInventory } from '@dockyard/inventory';
import { checkPlatform, runsNatively, splitList, thisMachine } from './machine.ts';
import type { Remote } from './remote.ts';
import { readRunnersFile } from './runners-file.ts';

/** The variable that configures remote runners. */
export const RUNNERS_VARIABLE = 'DOCKYARD_RUNNERS';

/** The file that configures remote runners, relative to the workspace. */
export const RUNNERS_FILE = join('.dockyard', 'runners.yaml');

/**
 * Reads the remote runners: those of DOCKYARD_RUNNERS, for other platforms those of `.dockyard/runners.yaml`, and for what is then left
 * and this machine doesn't run itself the hosts of the inventory that developers build on.
 *
 * @param env environment variables
 * @param workspace root folder of the workspace
 * @returns at most one for each platform
 * @throws {UserError} either is wrong; for the file with every mistake as `file:line:column`
 */
export function configuredRemotes(env: NodeJS.ProcessEnv, workspace: string): Remote[] {
  const fromEnvironment = parseRunners(env[RUNNERS_VARIABLE] ?? '');
  const found = new Map(fromEnvironment.map((remote) => [remote.platform, remote]));
  const others = [...remotesOfFile(workspace), ...remotesOfInventory(workspace)];
  for (const remote of others) if (!found.has(remote.platform)) found.set(remote.platform, remote);
  return [...found.values()];
}

/**
 * Reads the value of DOCKYARD_RUNNERS.
 *
 * @param text such as `linux/arm64=ssh://user@host:22 linux/s390x=ssh://other`, separated by spaces or commas
 * @throws {UserError} an entry is malformed, names no platform, or a platform twice
 */
export function parseRunners(text: string): Remote[] {
  const remotes = new Map<string, Remote>();
  for (const entry of splitList(text)) {
    const at = entry.indexOf('=');
    const problem = (what: string): UserError =>
      new UserError(`${RUNNERS_VARIABLE}: ${what}`, {
        hint: `Write ${RUNNERS_VARIABLE}="linux/arm64=ssh://user@host:22"; several are separated by spaces.`,
      });
    const [platform, host] = [entry.slice(0, at), entry.slice(at + 1)];
    const wrongUrl = checkSshUrl(host);
    // An entry may hold a password by mistake, so it isn't repeated.
    if (at < 1) throw problem('an entry has no platform before a "="');
    checkPlatform(platform, RUNNERS_VARIABLE);
    if (wrongUrl !== undefined) throw problem(`the runner of ${platform} ${wrongUrl}`);
    if (remotes.has(platform)) throw problem(`${platform} is there twice`);
    remotes.set(platform, { platform, host, source: RUNNERS_VARIABLE });
  }
  return [...remotes.values()];
}

/** The inventory is everybody's, so it never sends away what this machine does itself. */
function remotesOfInventory(workspace: string): Remote[] {
  const machine = thisMachine().platform;
  return (loadInventory(workspace)?.hosts ?? []).flatMap(({ developers, platforms, position }) =>
    platforms.flatMap((platform) =>
      developers === undefined || runsNatively(machine, platform)
        ? []
        : [{ platform, host: developers, source: `${INVENTORY_FILE}:${String(position.line)}` }],
    ),
  );
}

function remotesOfFile(workspace: string): Remote[] {
  let text: string;
  try {
    text = readFileSync(join(workspace, RUNNERS_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new UserError(`${RUNNERS_FILE} can't be read: ${error instanceof Error ? error.message : String(error)}`, {
      hint: 'Mend its permissions, or remove it.',
      cause: error,
    });
  }
  return readRunnersFile(text, RUNNERS_FILE);
}

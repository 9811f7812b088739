import { detectEngine, engineOfEnvironment } from '@dockyard/engine';
import { UserError } from '@dockyard/exec';
import { containersConf } from '../setup/containers-conf.ts';
import { containerFacts, findProgram, mayBecomeRoot } from '../setup/facts.ts';
import type { Finding } from './finding.ts';

/**
 * Looks at both engines; where neither works, says how to get one.
 *
 * @throws {UserError} DOCKYARD_ENGINE asks for one that doesn't exist
 */
export async function engines(): Promise<Finding[]> {
  engineOfEnvironment();
  const found = await Promise.all([engine('Podman', 'podman'), engine('Docker Engine', 'buildkit')]);
  if (found.some(({ state }) => state === 'ok')) return found;
  const fix = (await mayInstall())
    ? 'npm run image <project> installs Podman'
    : 'install Podman (apt-get install podman), or a Docker Engine with buildx and the containerd image store';
  return [...found, { what: 'an engine', state: 'missing', found: 'neither of the two works', vital: true, fix }];
}

async function engine(what: string, preferred: 'podman' | 'buildkit'): Promise<Finding> {
  try {
    const { version, architecture } = await detectEngine({ preferred });
    const found = `${version}, ${architecture}, exports OCI layouts`;
    const unset = preferred === 'podman' ? await podmanSettings() : undefined;
    if (unset === undefined) return { what, state: 'ok', found, vital: false };
    const fix = `needs ${unset} in containers.conf; npm run image <project> writes it`;
    return { what, state: 'ok', found, vital: false, fix };
  } catch (error) {
    return { what, state: 'note', found: reasonOf(error), vital: false };
  }
}

/**
 * Reads why the one engine that was asked for can't be had.
 *
 * @param error what {@link detectEngine} threw: a heading, then what is wrong
 * @throws any other error
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof UserError)) throw error;
  const [heading = '', ...reason] = error.message.split('\n');
  return reason.length === 0 ? heading : reason.join(' ').replace(/^[-\s]+/, '');
}

async function podmanSettings(): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const text = containersConf(await containerFacts(process.getuid?.() ?? -1));
  return text
    ?.split('\n')
    .filter((line) => line.includes('='))
    .join(', ');
}

async function mayInstall(): Promise<boolean> {
  return (await findProgram('apt-get')) !== undefined && (await mayBecomeRoot(process.getuid?.() ?? -1));
}

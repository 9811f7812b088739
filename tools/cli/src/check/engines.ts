import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, CommandError } from '@dockyard/exec';
import { labAvailability, startDockerEngine } from '@dockyard/lab';
import { ensureEngine } from '../setup/engine.ts';
import { ensureTestTools } from '../setup/test-tools.ts';

/** The engines that tests run against. */
export interface TestEngines {
  /** Environment of the tests: DOCKYARD_TEST_ENGINES and how to reach them. */
  readonly env: Readonly<Record<string, string>>;
  /** Engines that there are. */
  readonly names: readonly ('podman' | 'buildkit')[];
  /** A sentence for each engine that there isn't. */
  readonly leftOut: readonly string[];
  /** Stops what was started. */
  stop(): Promise<void>;
}

// Short, because unix sockets lie in it, and outside of the checkout, because it serves all of them.
const LAB = '/var/tmp/dockyard-lab';

/**
 * Folder of the lab.
 *
 * @param env environment: DOCKYARD_LAB names another one
 */
export function labFolder(env: NodeJS.ProcessEnv): string {
  return env['DOCKYARD_LAB'] ?? LAB;
}

/**
 * Brings up both engines, as far as this machine allows it.
 *
 * @param announce called with a line before each slow step
 * @param env environment: DOCKYARD_TEST_DOCKER_HOST names a Docker Engine that there is already, DOCKYARD_LAB another folder for the lab
 */
export async function bringUpEngines(
  announce: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<TestEngines> {
  const leftOut: string[] = [];
  const attempt = async <T>(name: string, bringUp: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await bringUp();
    } catch (error) {
      if (!(error instanceof UserError) && !(error instanceof CommandError)) throw error;
      leftOut.push(`tests on ${name}: ${error.message}`);
      return undefined;
    }
  };
  await attempt('other tools', () => ensureTestTools(announce));
  const podman = await attempt('Podman', () => ensureEngine(announce, 'podman'));
  const docker = await attempt('a Docker Engine', () => dockerEngine(announce, env));
  const names = [
    ...(podman === undefined ? [] : ['podman' as const]),
    ...(docker === undefined ? [] : ['buildkit' as const]),
  ];
  return {
    names,
    leftOut,
    env: { DOCKYARD_TEST_ENGINES: names.join(','), ...docker?.env },
    stop: async () => docker?.stop(),
  };
}

async function dockerEngine(
  announce: (line: string) => void,
  env: NodeJS.ProcessEnv,
): Promise<{ env: Record<string, string>; stop(): Promise<void> }> {
  const given = env['DOCKYARD_TEST_DOCKER_HOST'];
  if (given !== undefined && given !== '') return { env: {}, stop: async () => undefined };
  const availability = await labAvailability();
  if (!availability.available) throw new UserError(availability.reason);
  announce('starting a Docker Engine (the first time, its root is made of Debian packages)');
  const engine = await startDockerEngine({ dir: labFolder(env), report: announce });
  // DOCKER_HOST stays unset: what is tested must find the engine that a test means.
  const { DOCKER_HOST: host = engine.dockerHost, ...rest } = engine.env;
  // Podman reads DOCKER_CONFIG as well, and fails where that folder holds no configuration.
  const configuration = rest['DOCKER_CONFIG'];
  if (configuration !== undefined) {
    await writeFile(join(configuration, 'config.json'), '{}\n', { flag: 'wx' }).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
  return { env: { ...rest, DOCKYARD_TEST_DOCKER_HOST: host }, stop: () => engine.stop() };
}

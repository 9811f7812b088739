import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, CommandError } from '@dockyard/exec';
import { ensureRegistry, labAvailability, labFolder, registryAvailability, startDockerEngine } from '@dockyard/lab';
import { ensureEngine } from '../setup/engine.ts';
import { ensureTestTools } from '../setup/test-tools.ts';

/** The engines that tests run against. */
export interface TestEngines {
  /** Environment of the tests: DOCKYARD_TEST_ENGINES and how to reach them, DOCKYARD_TEST_REGISTRY=none where there is no registry. */
  readonly env: Readonly<Record<string, string>>;
  /** Engines that there are. */
  readonly names: readonly ('podman' | 'buildkit')[];
  /** A sentence for each engine that there isn't. */
  readonly leftOut: readonly string[];
  /** Stops what was started. */
  stop(): Promise<void>;
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
  const registry = await attempt('a registry', () => registryProgram(announce, env));
  const docker = await attempt('a Docker Engine', () => dockerEngine(announce, env));
  const names = [
    ...(podman === undefined ? [] : ['podman' as const]),
    ...(docker === undefined ? [] : ['buildkit' as const]),
  ];
  return {
    names,
    leftOut,
    env: {
      DOCKYARD_TEST_ENGINES: names.join(','),
      ...(registry === undefined ? { DOCKYARD_TEST_REGISTRY: 'none' } : {}),
      ...docker?.env,
    },
    stop: async () => docker?.stop(),
  };
}

/** Each test that needs a registry starts its own; what they share is the program. */
async function registryProgram(announce: (line: string) => void, env: NodeJS.ProcessEnv): Promise<string> {
  const availability = await registryAvailability({ dir: labFolder(env) });
  if (!availability.available) throw new UserError(availability.reason);
  return ensureRegistry({ dir: labFolder(env), report: announce });
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

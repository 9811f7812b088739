import type { Engine } from '@dockyard/engine';
import { UserError } from '@dockyard/exec';
import { decide, type Situation } from './decide.ts';
import { EMULATE_VARIABLE, emulationProblem } from './emulation.ts';
import { parsePlatformList, runsNatively, thisMachine } from './machine.ts';
import { refusal } from './refusal.ts';
import { configuredRemotes, RUNNERS_VARIABLE } from './remotes.ts';

/** What executes the tasks of one platform. */
export interface Runner {
  readonly kind: 'local' | 'remote' | 'emulated';
  readonly platform: string;
  readonly engine: Engine;
  /** For a person, such as `this machine (linux/amd64, podman 5.4.2)`. */
  readonly description: string;
}

/**
 * Chooses and reaches the runner of a task. A platform is never emulated without having been asked for by name.
 *
 * @param options.project Nx project, for messages
 * @param options.platform OCI platform
 * @param options.emulate the definition's `emulate`
 * @param options.engine the engine of this machine that it must be; {@link detectEngine} chooses when absent
 * @param options.env environment variables: DOCKYARD_RUNNERS, DOCKYARD_EMULATE, DOCKYARD_ENGINE, DOCKER_HOST; the process's own when absent
 * @param options.cwd root folder of the workspace; the working directory when absent
 * @throws {UserError} nothing here runs it (with the three ways out), its engine can't be reached, or is of another platform than it claims
 */
export async function selectRunner(options: {
  readonly project: string;
  readonly platform: string;
  readonly emulate: boolean;
  readonly engine?: Engine['name'];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}): Promise<Runner> {
  const env = options.env ?? process.env;
  const { project, platform, emulate } = options;
  const situation: Situation = {
    project,
    platform,
    emulate,
    machine: thisMachine(),
    remotes: configuredRemotes(env, options.cwd ?? process.cwd()),
    emulated: parsePlatformList(EMULATE_VARIABLE, env[EMULATE_VARIABLE] ?? ''),
  };
  const decision = decide(situation);
  switch (decision.kind) {
    case 'refused':
      throw refusal(situation, decision.reason);
    case 'remote': {
      const { host, source } = decision.remote;
      const where = `The runner ${host} (${source})`;
      const { detectEngine } = await import('@dockyard/engine');
      const engine = await detectEngine({ preferred: 'buildkit', host }).catch((error: unknown) => {
        if (!(error instanceof UserError)) throw error;
        throw new UserError(`${where} can't build ${project} for ${platform}.\n${error.message}`, {
          hint: `Try it by itself: DOCKER_HOST=${host} docker version`,
          cause: error,
        });
      });
      checkArchitecture(engine, platform, where, `Name a machine of ${platform} for it in ${source}.`);
      return { kind: 'remote', platform, engine, description: `${host} (${describe(engine)})` };
    }
    case 'emulated': {
      const problem = await emulationProblem(platform);
      if (problem !== undefined)
        throw new UserError(`${project} can't be emulated for ${platform}: ${problem}.`, {
          hint: 'On Debian and Ubuntu: apt-get install qemu-user-static binfmt-support (as root), then try again.',
        });
      const engine = await localEngine(env, options.engine);
      return { kind: 'emulated', platform, engine, description: `${platform} emulated on ${describe(engine)}` };
    }
    case 'local': {
      const engine = await localEngine(env, options.engine);
      const hint =
        `DOCKER_HOST or the Docker context leads to another machine. ` +
        `Unset it, or name that machine as a runner: ${RUNNERS_VARIABLE}="${engine.architecture}=ssh://user@host:22".`;
      checkArchitecture(engine, platform, 'The engine that answers here', hint);
      return { kind: 'local', platform, engine, description: `this machine (${describe(engine)})` };
    }
  }
}

async function localEngine(env: NodeJS.ProcessEnv, name: Engine['name'] | undefined): Promise<Engine> {
  // On demand: the task graph asks which platforms have a runner here, and no engine.
  const { detectEngine } = await import('@dockyard/engine');
  return detectEngine({ ...(name !== undefined && { preferred: name }), env });
}

/** What a person configured isn't believed: a wrong architecture would be emulated silently, or fail with a riddle. */
function checkArchitecture(engine: Engine, platform: string, where: string, hint: string): void {
  if (runsNatively(engine.architecture, platform)) return;
  throw new UserError(`${where} is ${engine.architecture}, not ${platform}; it would emulate.`, { hint });
}

function describe(engine: Engine): string {
  return `${engine.architecture}, ${engine.name} ${engine.version}`;
}

import { exec as realExec, type Exec, UserError } from '@dockyard/exec';
import { buildkitEngine, type DockerInfo } from './buildkit.ts';
import { findDocker } from './detect-docker.ts';
import { findPodman } from './detect-podman.ts';
import type { Found } from './found.ts';
import { podmanEngine } from './podman.ts';
import type { PodmanInfo } from './podman-store.ts';
import type { Engine } from './types.ts';

export interface DetectOptions {
  /** Only this engine will do. Default: DOCKYARD_ENGINE. */
  readonly preferred?: Engine['name'];
  /** DOCKER_HOST of the Docker Engine, e.g. `ssh://user@host`: then no other engine will do. Default: what docker itself takes. */
  readonly host?: string;
  readonly exec?: Exec;
  /** DOCKYARD_ENGINE and DOCKER_HOST are read from it; the process's own environment when absent. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Finds the engine to use: the one asked for; else a Docker Engine that answers and can export OCI layouts; else podman.
 *
 * @returns the engine; its `warnings` say why a Docker Engine that answers, or that DOCKER_HOST names, was passed over
 * @throws {UserError} none can be used: what was tried, and what to do
 */
export async function detectEngine(options: DetectOptions = {}): Promise<Engine> {
  const exec = options.exec ?? realExec;
  const env = options.env ?? process.env;
  const preferred = options.host === undefined ? (options.preferred ?? engineOfEnvironment(env)) : 'buildkit';
  const problems: string[] = [];
  const fixes: string[] = [];
  const warnings: string[] = [];

  if (preferred !== 'podman') {
    // Docker reads an empty one as none.
    const named = env['DOCKER_HOST'] === '' ? undefined : env['DOCKER_HOST'];
    const docker: Found<DockerInfo> = await findDocker(exec, options.host ?? named);
    if (docker.ok) return buildkitEngine(exec, docker.value, warnings);
    problems.push(docker.problem);
    if (docker.fix !== undefined) fixes.push(docker.fix);
    if (docker.present || named !== undefined)
      warnings.push(`Podman is used, since ${docker.problem}${docker.fix === undefined ? '' : `. ${docker.fix}`}`);
  }
  if (preferred !== 'buildkit') {
    const podman: Found<PodmanInfo> = await findPodman(exec);
    if (podman.ok) return podmanEngine(exec, podman.value, warnings);
    problems.push(podman.problem);
    if (podman.fix !== undefined) fixes.push(podman.fix);
  }
  const what = preferred === undefined ? 'container engine' : preferred === 'podman' ? 'Podman' : 'Docker Engine';
  throw new UserError(`No ${what} can be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`, {
    hint:
      fixes.length > 0 ? fixes.join('\n') : '`npm run doctor` says what this machine can build and what is missing.',
  });
}

/**
 * Reads DOCKYARD_ENGINE.
 *
 * @param env environment variables; the process's own when absent
 * @returns undefined where nothing is asked for
 * @throws {UserError} it names no engine
 */
export function engineOfEnvironment(env: NodeJS.ProcessEnv = process.env): Engine['name'] | undefined {
  const name = env['DOCKYARD_ENGINE'];
  if (name === undefined || name === '') return undefined;
  if (name === 'podman' || name === 'buildkit') return name;
  throw new UserError(`DOCKYARD_ENGINE: unknown engine ${JSON.stringify(name)}`, {
    hint: 'Use podman or buildkit, or unset it.',
  });
}

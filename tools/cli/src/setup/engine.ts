import { detectEngine, type Engine, engineOfEnvironment } from '@dockyard/engine';
import { UserError } from '@dockyard/exec';
import { configurePodman } from './configure-podman.ts';
import { proveOnce } from './engine-proof.ts';
import { findProgram } from './facts.ts';
import { completePodman } from './install-podman.ts';

/**
 * Finds an engine that works; where there is none, installs Podman on Debian and Ubuntu if we may, and what a Podman lacks that is there.
 *
 * @param announce called with a line before each step that changes the machine
 * @param preferred take this one or none
 * @throws {UserError} there is none and we may not install one: says exactly what to do
 */
export async function ensureEngine(announce: (line: string) => void, preferred?: 'podman'): Promise<Engine> {
  const asked = preferred ?? engineOfEnvironment();
  const first = await attempt(() => usableEngine(asked, announce));
  if (!(first instanceof UserError)) return first;
  if (asked === 'buildkit' || first instanceof DockerFails) throw first;
  announce(
    (await findProgram('podman')) === undefined
      ? 'no container engine works here; Podman will be installed'
      : "Podman doesn't work yet; looking for what it lacks",
  );
  if (!(await completePodman(first, announce))) throw first;
  return usableEngine('podman', announce);
}

/** A Docker Engine that is there, so that every build takes it, and doesn't work: no Podman would mend that. */
class DockerFails extends UserError {}

async function usableEngine(preferred: Engine['name'] | undefined, announce: (line: string) => void): Promise<Engine> {
  const engine = await detectEngine(preferred === undefined ? {} : { preferred });
  if (engine.name === 'podman') await configurePodman(announce);
  const problem = await attempt(() => proveOnce(engine));
  if (!(problem instanceof UserError)) return engine;
  if (engine.name === 'podman') throw problem;
  throw new DockerFails(problem.message, {
    hint: `${problem.hint ?? 'Mend it, or stop it.'} DOCKYARD_ENGINE=podman takes Podman instead.`,
    cause: problem,
  });
}

async function attempt<T>(fn: () => Promise<T>): Promise<T | UserError> {
  return fn().catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
}

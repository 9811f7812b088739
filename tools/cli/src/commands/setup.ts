import { ensureEngine } from '../setup/engine.ts';

/**
 * Makes this machine one that builds: finds an engine, or installs Podman. Node modules are there when this runs.
 *
 * @returns exit code
 * @throws {UserError} there is no engine and we may not install one
 */
export async function setup(): Promise<number> {
  const { name, version } = await ensureEngine((line) => {
    console.log(line);
  });
  console.log(`This machine builds with ${name} ${version}.`);
  return 0;
}

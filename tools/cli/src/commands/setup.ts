import { exec } from '@dockyard/exec';
import { aptGet } from '../setup/apt.ts';
import { ensureEngine } from '../setup/engine.ts';
import { findProgram, mayBecomeRoot } from '../setup/facts.ts';

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
  await readMirrors();
  console.log(`This machine builds with ${name} ${version}.`);
  return 0;
}

/** apt names its mirrors, which `debian:` sources come from, only after its first update; a fresh container has had none. */
async function readMirrors(): Promise<void> {
  if ((await findProgram('apt-get')) === undefined) return;
  const { stdout } = await exec({ command: 'apt-get', args: ['indextargets'] }, { reject: false });
  const uid = process.getuid?.() ?? -1;
  if (stdout.trim() !== '' || !(await mayBecomeRoot(uid))) return;
  console.log('asking apt for its mirrors');
  await aptGet(uid, 'update');
}

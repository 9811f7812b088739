import { archSuffix } from '@dockyard/definition';
import { thisMachine } from '@dockyard/runner';
import { runNx } from '../nx.ts';
import { ensureEngine } from '../setup/engine.ts';

/**
 * Builds, tests and lints every image for this machine's platform, or those that a change touches; upstream's own tests run too.
 *
 * @param base commit before the change; without it, the whole catalog
 * @returns exit code: Nx's
 * @throws {UserError} there is no engine
 */
export function testImages(base: string | undefined): Promise<number> {
  return buildAndTest(base === undefined ? ['run-many'] : ['affected', `--base=${base}`], ['check']);
}

/**
 * Builds, tests and lints images for this machine's platform.
 *
 * @param which Nx's command that picks them, with its options
 * @param more further targets of a platform, without its suffix
 * @returns exit code: Nx's
 * @throws {UserError} there is no engine
 */
export async function buildAndTest(which: readonly string[], more: readonly string[] = []): Promise<number> {
  const { platform } = thisMachine();
  const engine = await ensureEngine((line) => {
    console.log(`set-up: ${line}`);
  });
  for (const warning of engine.warnings) console.warn(`warning: ${warning}`);
  const arch = archSuffix(platform);
  const targets = ['image', ...['test', 'lint', ...more].map((target) => `${target}:${arch}`)];
  return runNx([...which, '--targets', targets.join(','), '--nx-bail=false', '--output-style=stream'], {
    DOCKYARD_PLATFORMS: platform,
  });
}

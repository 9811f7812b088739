import { archSuffix, parsePlatform } from '@dockyard/definition';
import { thisMachine } from '@dockyard/runner';
import { runNx } from '../nx.ts';
import { ensureEngine } from '../setup/engine.ts';

/**
 * Builds and tests every image for this machine's platform, or those that a change touches.
 *
 * @param base commit before the change; without it, the whole catalog
 * @returns exit code: Nx's
 * @throws {UserError} there is no engine
 */
export async function testImages(base: string | undefined): Promise<number> {
  const { platform } = thisMachine();
  const engine = await ensureEngine((line) => {
    console.log(`set-up: ${line}`);
  });
  for (const warning of engine.warnings) console.warn(`warning: ${warning}`);
  const what = base === undefined ? ['run-many'] : ['affected', `--base=${base}`];
  const targets = ['image', `test:${archSuffix(parsePlatform(platform))}`];
  return runNx([...what, '--targets', targets.join(','), '--nx-bail=false', '--output-style=stream'], {
    DOCKYARD_PLATFORMS: platform,
  });
}

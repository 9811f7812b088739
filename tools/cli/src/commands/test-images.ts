import { archSuffix } from '@dockyard/definition';
import { thisMachine } from '@dockyard/runner';
import { runTasks } from '../nx.ts';
import { describeFailures } from '../run-report.ts';
import { ensureEngine } from '../setup/engine.ts';

/**
 * Builds, tests and lints every image for this machine's platform, or those that a change touches; upstream's own tests run too.
 *
 * @param base commit before the change; without it, the whole catalog
 * @param verbose the engines' whole log
 * @returns exit code: Nx's
 * @throws {UserError} there is no engine
 */
export function testImages(base: string | undefined, verbose: boolean): Promise<number> {
  return buildAndTest(base === undefined ? ['run-many'] : ['affected', `--base=${base}`], { more: ['check'], verbose });
}

/**
 * Builds, tests and lints images for this machine's platform.
 *
 * @param which Nx's command that picks them, with its options
 * @param o.more further targets of a platform, without its suffix
 * @param o.verbose the engines' whole log
 * @returns exit code: Nx's
 * @throws {UserError} there is no engine
 */
export async function buildAndTest(
  which: readonly string[],
  o: { more?: readonly string[]; verbose?: boolean } = {},
): Promise<number> {
  const { platform } = thisMachine();
  const engine = await ensureEngine((line) => {
    console.log(`set-up: ${line}`);
  });
  for (const warning of engine.warnings) console.warn(`warning: ${warning}`);
  const arch = archSuffix(platform);
  const targets = ['image', ...['test', 'lint', ...(o.more ?? [])].map((target) => `${target}:${arch}`)];
  const { exitCode, outcomes } = await runTasks([...which, '--targets', targets.join(','), '--nx-bail=false'], {
    env: { DOCKYARD_PLATFORMS: platform },
    verbose: o.verbose === true,
  });
  for (const line of describeFailures(outcomes)) console.error(line);
  return exitCode;
}

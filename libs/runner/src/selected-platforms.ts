import { decide } from './decide.ts';
import { EMULATE_VARIABLE } from './emulation.ts';
import { type Machine, parsePlatformList, thisMachine } from './machine.ts';
import { PLATFORMS_VARIABLE } from './refusal.ts';
import { configuredRemotes } from './remotes.ts';

/** What of a definition decides which of its platforms are selected. */
export interface Selectable {
  readonly platforms: readonly string[];
  readonly emulate: boolean;
}

/**
 * Makes the selection of the platforms that are built: those of DOCKYARD_PLATFORMS where it is set; in CI all of them; else those that have
 * a runner here. Synchronous and cheap, for graph time: configuration is read once for all definitions, and no engine is asked.
 *
 * @param options.env environment variables; the process's own when absent
 * @param options.cwd root folder of the workspace; the working directory when absent
 * @param options.machine this machine when absent
 * @returns selects a part of a definition's platforms, in its order; may be empty
 * @throws {UserError} a variable or `.dockyard/runners.yaml` is wrong
 */
export function platformSelector(
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string; readonly machine?: Machine } = {},
): (definition: Selectable) => string[] {
  const env = options.env ?? process.env;
  const asked = env[PLATFORMS_VARIABLE]?.trim() ?? '';
  if (asked !== '') {
    const wanted = parsePlatformList(PLATFORMS_VARIABLE, asked);
    return ({ platforms }) => platforms.filter((platform) => wanted.includes(platform));
  }
  if (isCi(env)) return ({ platforms }) => [...platforms];
  const situation = {
    project: '',
    machine: options.machine ?? thisMachine(),
    remotes: configuredRemotes(env, options.cwd ?? process.cwd()),
    emulated: parsePlatformList(EMULATE_VARIABLE, env[EMULATE_VARIABLE] ?? ''),
  };
  return ({ platforms, emulate }) =>
    platforms.filter((platform) => decide({ ...situation, emulate, platform }).kind !== 'refused');
}

function isCi(env: NodeJS.ProcessEnv): boolean {
  return !['', '0', 'false'].includes((env['CI'] ?? '').toLowerCase());
}

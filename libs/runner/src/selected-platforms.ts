import { decide } from './decide.ts';
import { EMULATE_VARIABLE } from './emulation.ts';
import { type Machine, parsePlatformList, thisMachine } from './machine.ts';
import { PLATFORMS_VARIABLE } from './refusal.ts';
import { configuredRemotes } from './remotes.ts';

/**
 * Selects which of a definition's platforms are built: those of DOCKYARD_PLATFORMS where it is set; in CI all of them; else those that have
 * a runner here. Synchronous and cheap, for graph time: no engine is asked.
 *
 * @param declared the definition's platforms
 * @param options.env environment variables; the process's own when absent
 * @param options.cwd root folder of the workspace; the working directory when absent
 * @param options.emulate the definition's `emulate`; false when absent
 * @param options.machine this machine when absent
 * @returns a part of `declared`, in its order; may be empty
 * @throws {UserError} a variable or `.dockyard/runners.yaml` is wrong
 */
export function selectedPlatforms(
  declared: readonly string[],
  options: {
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly emulate?: boolean;
    readonly machine?: Machine;
  } = {},
): string[] {
  const env = options.env ?? process.env;
  const asked = env[PLATFORMS_VARIABLE]?.trim() ?? '';
  if (asked !== '') {
    const wanted = parsePlatformList(PLATFORMS_VARIABLE, asked);
    return declared.filter((platform) => wanted.includes(platform));
  }
  if (isCi(env)) return [...declared];
  const situation = {
    project: '',
    emulate: options.emulate ?? false,
    machine: options.machine ?? thisMachine(),
    remotes: configuredRemotes(env, options.cwd ?? process.cwd()),
    emulated: parsePlatformList(EMULATE_VARIABLE, env[EMULATE_VARIABLE] ?? ''),
  };
  return declared.filter((platform) => decide({ ...situation, platform }).kind !== 'refused');
}

function isCi(env: NodeJS.ProcessEnv): boolean {
  return !['', '0', 'false'].includes((env['CI'] ?? '').toLowerCase());
}

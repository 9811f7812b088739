import { UserError } from '@dockyard/exec';
import { decide } from './decide.ts';
import { EMULATE_VARIABLE } from './emulation.ts';
import { type Machine, parsePlatformList, thisMachine } from './machine.ts';
import { PLATFORMS_VARIABLE } from './refusal.ts';
import { configuredRemotes, RUNNERS_FILE, RUNNERS_VARIABLE } from './remotes.ts';

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

/**
 * Refuses a selection that holds none of a definition's platforms.
 *
 * @param project name of the project
 * @param platforms what its definition declares
 * @param env environment variables; the process's own when absent
 * @returns the error to throw: why there is none, and what to do
 */
export function nothingSelected(
  project: string,
  platforms: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): UserError {
  const declared = platforms.join(', ');
  const asked = env[PLATFORMS_VARIABLE]?.trim() ?? '';
  return asked === ''
    ? new UserError(`${project} is built for ${declared}, and none of them has a runner here.`, {
        hint: `Name a Docker Engine on such a machine: ${RUNNERS_VARIABLE}="${platforms[0] ?? ''}=ssh://user@host" (or ${RUNNERS_FILE}).`,
      })
    : new UserError(`${project} is built for ${declared}, and ${PLATFORMS_VARIABLE} selects ${asked} alone.`, {
        hint: `Name one of its platforms there (${PLATFORMS_VARIABLE}=${platforms[0] ?? ''}), or unset it.`,
      });
}

function isCi(env: NodeJS.ProcessEnv): boolean {
  return !['', '0', 'false'].includes((env['CI'] ?? '').toLowerCase());
}

import { UserError } from '@dockyard/exec';
import type { Situation } from './decide.ts';
import { EMULATE_VARIABLE } from './emulation.ts';
import { RUNNERS_FILE, RUNNERS_VARIABLE } from './remotes.ts';

/** The variable that selects platforms. */
export const PLATFORMS_VARIABLE = 'DOCKYARD_PLATFORMS';

/**
 * Writes the refusal of a task: which project, which platform, what this machine is, and the three ways out.
 *
 * @param situation what was needed, and what there is
 * @param reason what more there is to say, as a sentence
 */
export function refusal(situation: Situation, reason?: string): UserError {
  const { project, platform, machine } = situation;
  const emulation = situation.emulate
    ? `emulate it, which is slow: ${EMULATE_VARIABLE}=${platform}`
    : `emulate it, which is slow: only for a definition that says \`emulate: true\`, with ${EMULATE_VARIABLE}=${platform}; ${project} says \`emulate: false\``;
  return new UserError(
    [
      `${project} needs a runner of ${platform}, and there is none here.`,
      `This machine is ${machine.description}.`,
      ...(reason === undefined ? [] : [reason]),
    ].join('\n'),
    {
      hint: [
        'Three ways out:',
        `  1. name a Docker Engine on a machine of that platform: ${RUNNERS_VARIABLE}="${platform}=ssh://user@host:22",`,
        `     or in ${RUNNERS_FILE}: runners: { ${platform}: "ssh://user@host:22" }`,
        `  2. build only what runs here, with ${PLATFORMS_VARIABLE}=${machine.platform}, and let CI build the others`,
        `  3. ${emulation}`,
      ].join('\n'),
    },
  );
}

import { EMULATE_VARIABLE } from './emulation.ts';
import { type Machine, runsNatively } from './machine.ts';
import type { Remote } from './remote.ts';

/** What a task needs, and what there is. */
export interface Situation {
  readonly project: string;
  readonly platform: string;
  /** The definition's `emulate`. */
  readonly emulate: boolean;
  readonly machine: Machine;
  readonly remotes: readonly Remote[];
  /** Platforms of DOCKYARD_EMULATE. */
  readonly emulated: readonly string[];
}

export type Decision =
  | { readonly kind: 'local' | 'emulated' }
  | { readonly kind: 'remote'; readonly remote: Remote }
  /** `reason` says why emulation wasn't taken though it was asked for. */
  | { readonly kind: 'refused'; readonly reason?: string };

/**
 * Chooses what executes a task. A remote that is configured for the platform comes first, since somebody wrote it down; then this machine;
 * emulation only where it was asked for by name and the definition allows it. Pure.
 */
export function decide(situation: Situation): Decision {
  const { platform, machine } = situation;
  const remote = situation.remotes.find((candidate) => candidate.platform === platform);
  if (remote !== undefined) return { kind: 'remote', remote };
  if (runsNatively(machine.platform, platform)) return { kind: 'local' };
  if (!situation.emulated.includes(platform)) return { kind: 'refused' };
  if (situation.emulate) return { kind: 'emulated' };
  return {
    kind: 'refused',
    reason: `${EMULATE_VARIABLE} asks to emulate it, but ${situation.project} says \`emulate: false\` and is never emulated.`,
  };
}

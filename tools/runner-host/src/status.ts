import type { Host, Inventory } from '@dockyard/inventory';
import { CommandError, UserError } from '@dockyard/exec';
import { withConnection } from './connection.ts';
import type { Intent } from './desired/desired.ts';
import { examine } from './host.ts';
import { nativePlatform } from './supported.ts';

/** One row of the fleet. */
export type Status =
  | { readonly host: string; readonly reachable: false; readonly reason: string }
  | {
      readonly host: string;
      readonly reachable: true;
      readonly platform: string;
      readonly engines: readonly string[];
      /** In bytes. */
      readonly free: number;
      readonly load: number;
      readonly cores: number;
      /** Seconds since the last prune; null for never. */
      readonly pruned: number | null;
      readonly paused: boolean;
      /** Steps that `plan` would print. */
      readonly drift: number;
      readonly ailments: readonly string[];
    };

/**
 * Looks at one host for the fleet view.
 *
 * @param signal ends it
 * @returns a row also where it can't be reached
 */
export async function hostStatus(
  intent: Intent,
  inventory: Inventory,
  signal: AbortSignal,
  host: Host = intent.host,
): Promise<Status> {
  try {
    return await withConnection(host.address, signal, Object.values(intent.tokens), async (connection) => {
      const { observed, changes, ailments } = await examine(connection, intent, inventory);
      const { facts } = observed;
      return {
        host: host.name,
        reachable: true,
        platform: nativePlatform(facts),
        engines: facts.engines,
        free: facts.disk.free,
        load: facts.load,
        cores: facts.cores,
        pruned: facts.pruned === 0 ? null : Math.round(Date.now() / 1000 - facts.pruned),
        paused: facts.paused,
        drift: changes.length,
        ailments: ailments.map(({ what }) => what),
      };
    });
  } catch (error) {
    if (signal.aborted || !(error instanceof UserError || error instanceof CommandError)) throw error;
    return { host: host.name, reachable: false, reason: error.message };
  }
}

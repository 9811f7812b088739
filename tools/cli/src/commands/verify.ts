import { verifyImages } from '@dockyard/publish';
import { cancellation } from '../cancellation.ts';
import { printLine } from '../nx.ts';

/**
 * Holds every tag in the registries to what it was published as.
 *
 * @returns exit code; 1 where one is something else, or a registry can't be asked
 * @throws {UserError} DOCKYARD_REGISTRIES names none
 */
export async function verify(): Promise<number> {
  const sound = await verifyImages({
    env: process.env,
    onLine: (line) => printLine(line, 'stdout'),
    signal: cancellation.signal,
  });
  return sound ? 0 : 1;
}

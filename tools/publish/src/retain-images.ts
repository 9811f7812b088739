import { UserError } from '@dockyard/exec';
import { Client, repositoryText, retainPublished } from '@dockyard/registry';
import { registriesOf } from './registries.ts';

/**
 * Removes from every registry of DOCKYARD_REGISTRIES what publishing has left there and no tag leads to. One that fails doesn't keep the
 * next from its turn.
 *
 * @param o.env the environment: DOCKYARD_REGISTRIES, and what credentials are read from
 * @param o.days that it is kept
 * @param o.dryRun change nothing
 * @param o.onLine takes a line
 * @returns whether all of it could be removed
 * @throws {UserError} no registry is named
 */
export async function retainImages(o: {
  env: Readonly<Record<string, string | undefined>>;
  days: number;
  dryRun?: boolean;
  onLine: (line: string) => void;
  signal?: AbortSignal;
}): Promise<boolean> {
  let done = true;
  for (const prefix of registriesOf(o.env)) {
    const name = repositoryText(prefix);
    const client = new Client({ report: o.onLine, ...(o.signal !== undefined && { signal: o.signal }) });
    try {
      const { removed, refused } = await retainPublished({
        ...{ client, prefix, days: o.days, report: o.onLine },
        ...(o.dryRun !== undefined && { dryRun: o.dryRun }),
      });
      o.onLine(
        `${name}: ${String(removed)} manifests ${o.dryRun === true ? 'would go' : 'removed'} that no tag leads to`,
      );
      if (refused === 0) continue;
      done = false;
      o.onLine(`${name}: the registry deletes nothing, so ${String(refused)} stay`);
      o.onLine(
        '→ Switch deletion on there, or leave this to its own cleanup and take the registry out of the schedule.',
      );
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      done = false;
      o.onLine(`${name}: ${error.message}${error.hint === undefined ? '' : `\n→ ${error.hint}`}`);
    } finally {
      await client.close();
    }
  }
  return done;
}

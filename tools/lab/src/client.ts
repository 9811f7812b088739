import { requireLab } from './availability.ts';
import type { LabOptions } from './docker-engine.ts';
import { withLabLock } from './lock.ts';
import { labPaths } from './paths.ts';
import { makeClient, makeRoot, rootIsCurrent } from './root.ts';
import { stopDaemons } from './stop.ts';

/**
 * Makes docker's command line with the buildx plugin available, and starts no engine: for what needs none, such as `bake --print`.
 *
 * @returns environment to run it with
 * @throws {UserError} a lab can't be made on this machine
 */
export async function labClient(options: LabOptions): Promise<Readonly<Record<string, string>>> {
  const paths = labPaths(options.dir);
  const report = options.report ?? (() => undefined);
  await requireLab(report);
  return withLabLock(paths, async () => {
    if (!(await rootIsCurrent(paths))) {
      await stopDaemons(paths);
      await makeRoot(paths, report);
    }
    return { ...(await makeClient(paths)) };
  });
}

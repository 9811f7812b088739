import { labPaths } from './paths.ts';
import { answers } from './docker-engine.ts';
import { type LabProcess, processesIn } from './processes.ts';
import { rootIsCurrent } from './root.ts';

/** What there is of a lab. */
export interface LabStatus {
  /** The root is made. */
  readonly made: boolean;
  /** The Docker Engine answers. */
  readonly engine: boolean;
  readonly processes: readonly LabProcess[];
}

/**
 * Looks at a lab without changing it.
 *
 * @param options.dir the lab's folder
 */
export async function labStatus(options: { readonly dir: string }): Promise<LabStatus> {
  const paths = labPaths(options.dir);
  return {
    made: await rootIsCurrent(paths),
    engine: await answers(paths),
    processes: await processesIn(paths.root),
  };
}

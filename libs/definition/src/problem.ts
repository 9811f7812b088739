import type { Path } from './yaml-nodes.ts';

/** A mistake of a definition, by the field that it is in. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  readonly fix?: string;
}

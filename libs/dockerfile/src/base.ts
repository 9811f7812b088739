import type { DockerfileReference, DockerfileStage } from './parsed.ts';

/**
 * What the last stage of a Dockerfile is built on, the stages before it left out.
 *
 * @param stages of the whole Dockerfile, in its order
 * @returns a reference of another kind than `stage`; undefined where there is no stage
 */
export function baseOf(stages: readonly DockerfileStage[]): DockerfileReference | undefined {
  let base = stages.at(-1)?.base;
  while (base?.stageIndex !== undefined) base = stages[base.stageIndex]?.base;
  return base;
}

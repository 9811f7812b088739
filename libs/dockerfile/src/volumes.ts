import type { DockerfileStage } from './parsed.ts';

/**
 * The volumes that the last stage of a Dockerfile declares, with those of the stages that it is FROM.
 *
 * @param stages of the whole Dockerfile
 * @returns paths as they were written, each once
 */
export function volumesOf(stages: readonly DockerfileStage[]): string[] {
  const found = new Set<string>();
  for (let stage = stages.at(-1); stage !== undefined;) {
    for (const path of stage.settings.volumes) found.add(path);
    stage = stage.base.stageIndex === undefined ? undefined : stages[stage.base.stageIndex];
  }
  return [...found];
}

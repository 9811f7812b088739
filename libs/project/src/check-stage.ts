import type { DockerfileStage, ParsedDockerfile } from '@dockyard/dockerfile';

/** The stage of compile.Dockerfile that runs upstream's own tests. */
const CHECK_STAGE = 'check';

/**
 * Tells whether a compile.Dockerfile has upstream's tests in a stage of their own.
 *
 * @param compileDockerfile what was read from it; undefined where there is none.
 */
export function hasCheck(compileDockerfile: ParsedDockerfile | undefined): boolean {
  return compileDockerfile?.stages.some(isCheck) === true;
}

/**
 * Makes of a Dockerfile the one that compiles: without upstream's tests. Podman 4.3 skips a stage that the last one doesn't need, and then
 * fails with "layer not known".
 *
 * @param text the Dockerfile.
 * @param stages what was read from it.
 * @returns the text with empty lines in place of the stage, so that all others keep their numbers.
 */
export function withoutCheck(text: string, stages: readonly DockerfileStage[]): string {
  return blanked(text, stages, (stage, check) => stage === check);
}

/**
 * Makes of a Dockerfile the one that runs upstream's tests: they are its last stage.
 *
 * @param text the Dockerfile.
 * @param stages what was read from it, among them the tests.
 */
export function untilCheck(text: string, stages: readonly DockerfileStage[]): string {
  return blanked(text, stages, (stage, check) => stage > check);
}

function isCheck({ name }: DockerfileStage): boolean {
  return name === CHECK_STAGE;
}

/** Empties the lines of stages, each from its FROM to the next. */
function blanked(
  text: string,
  stages: readonly DockerfileStage[],
  left: (stage: number, check: number) => boolean,
): string {
  const check = stages.findIndex(isCheck);
  if (check === -1) return text;
  const stageOf = (line: number): number => stages.findLastIndex((stage) => stage.line <= line);
  return text
    .split('\n')
    .map((line, i) => (left(stageOf(i + 1), check) ? '' : line))
    .join('\n');
}

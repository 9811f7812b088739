import { joinLines, readDirectives } from './lines.ts';
import type { DockerfileStage } from './parsed.ts';
import { readInstruction } from './words.ts';

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

/**
 * A Dockerfile with empty lines in place of its VOLUME instructions. Podman before 5 throws away what a RUN writes below a volume, BuildKit
 * keeps it: no engine is told of volumes, and the image gets them afterwards.
 *
 * @param text a Dockerfile of our dialect
 */
export function withoutVolumes(text: string): string {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const plain = lines.map((line) => line.replace(/\r$/, ''));
  const escape = readDirectives(plain).find(({ name }) => name === 'escape')?.value ?? '\\';
  for (const word of joinLines(plain, escape)) {
    if (readInstruction(word).keyword !== 'VOLUME') continue;
    for (let line = word.position().line; line <= word.position(word.text.length).line; line += 1) lines[line - 1] = '';
  }
  return lines.join('\n');
}

import { joinLines, readDirectives } from './lines.ts';
import type { DockerfileStage } from './parsed.ts';
import { readInstruction } from './words.ts';

/** An instruction that an image is made by. */
export interface HistoryInstruction {
  /** As a person reads it: in one line, without comments. */
  readonly instruction: string;
  readonly keyword: string;
  /** It can change files: the layer is of the last one that can. */
  readonly changesFiles: boolean;
  /** Of a RUN: absolute paths of what it mounts, as far as they are written down. */
  readonly mounts: readonly string[];
}

const CHANGING = ['RUN', 'COPY', 'ADD', 'WORKDIR'];

/**
 * The instructions that the last stage of a Dockerfile consists of, with those of the stages that it is FROM.
 *
 * @param text the Dockerfile
 * @param stages as they were read from it
 * @returns in their order, the lowest stage first; FROM itself is none of them
 */
export function historyOf(text: string, stages: readonly DockerfileStage[]): HistoryInstruction[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const escape = readDirectives(lines).find(({ name }) => name === 'escape')?.value ?? '\\';
  const byStage: HistoryInstruction[][] = [];
  for (const word of joinLines(lines, escape)) {
    const { keyword, flags } = readInstruction(word);
    const instruction = word.text.trim().replace(/[ \t]+/g, ' ');
    if (keyword === 'FROM') byStage.push([]);
    else
      byStage.at(-1)?.push({
        instruction,
        keyword,
        changesFiles: CHANGING.includes(keyword),
        mounts: flags.flatMap(({ name, value }) => (name === 'mount' ? targetOf(value ?? '') : [])),
      });
  }
  const found: HistoryInstruction[] = [];
  for (let stage = stages.at(-1); stage !== undefined;) {
    found.unshift(...(byStage[stage.index] ?? []));
    stage = stage.base.stageIndex === undefined ? undefined : stages[stage.base.stageIndex];
  }
  return found;
}

function targetOf(mount: string): string[] {
  const [, path] = /(?:^|,)(?:target|dst|destination)=([^,]*)/i.exec(mount) ?? [];
  return path === undefined ? [] : [path];
}

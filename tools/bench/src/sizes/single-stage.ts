import { baseOf, type ParsedDockerfile, withoutComments } from '@dockyard/dockerfile';
import { UserError } from '@dockyard/exec';
import { withoutCheck } from '@dockyard/project';

/** A Dockerfile: its text, and what was read from it. */
export interface Source {
  readonly text: string;
  readonly parsed: ParsedDockerfile;
}

/**
 * Makes one Dockerfile of an image's two, as who knows no stages writes it: the image is built on the stage that compiles. What is compiled
 * is installed by the step that compiled it, and lies there once; sources, objects, compilers and headers stay. Upstream's tests don't run.
 *
 * @param compile compile.Dockerfile: its last stage is FROM scratch and copies a folder of another one
 * @param image Dockerfile: what it takes of the artifacts it copies
 * @returns its text
 * @throws {UserError} they are written in another way
 */
export function singleStage(compile: Source, image: Source): string {
  const { stage, folder, text } = compiling(compile);
  const lines = image.text.split('\n');
  const installs: string[] = [];
  for (const { context, line, instruction } of image.parsed.references) {
    if (context !== 'artifacts') continue;
    const [, from, to] = /^COPY --from=artifacts (\S+) (\S+)$/.exec(lines[line - 1] ?? '') ?? [];
    if (from === undefined || to === undefined)
      throw other(
        image,
        line,
        `${instruction} takes artifacts in another way than COPY --from=artifacts <folder> <folder>`,
      );
    lines[line - 1] = '';
    // Into folders that may be links, such as /lib.
    installs.push(`tar -C ${folder}${from} -cf - . | tar -C ${to} -xf - --keep-directory-symlink`);
  }
  const base = baseOf(image.parsed.stages);
  if (base === undefined || base.kind !== 'workspace')
    throw other(image, 1, 'it is built on no image of this repository');
  lines[base.line - 1] = (lines[base.line - 1] ?? '').replace(base.raw, stage);
  const first = lines.findIndex((line) => /^FROM\s/i.test(line));
  // An ARG before the first FROM is one of every FROM.
  const before = withoutComments(lines.slice(0, first).join('\n'));
  const install = installs.length === 0 ? '' : ` && ${[...installs, `rm -r ${folder}`].join(' && ')}`;
  return `${before === '' ? '' : `${before}\n`}${text}${install}\n${withoutComments(lines.slice(first).join('\n'))}\n`;
}

/** The stages that compile, the name of the one that does, and the folder in it that the artifacts are. */
function compiling(compile: Source): { stage: string; folder: string; text: string } {
  const lines = withoutCheck(compile.text, compile.parsed.stages).split('\n');
  const stages = compile.parsed.stages.filter(({ line }) => lines[line - 1] !== '');
  const last = stages.at(-1);
  const at = (last?.line ?? 1) - 1;
  const [, stage, folder] =
    /^FROM scratch\nCOPY --from=(\S+) (\/\S+?)\/? \/$/.exec(withoutComments(lines.slice(at).join('\n')).trim()) ?? [];
  const before = withoutComments(lines.slice(0, at).join('\n')).trimEnd();
  if (stage === undefined || folder === undefined || stages.at(-2)?.name !== stage)
    throw other(compile, at + 1, 'its last stage is not FROM scratch with one COPY of a folder of the stage before');
  const instruction = before.split('\n').findLast((line) => /^[A-Z]+\s/.test(line));
  if (instruction?.startsWith('RUN ') !== true) throw other(compile, at, 'its last step before that is no RUN');
  return { stage, folder, text: before };
}

function other({ parsed }: Source, line: number, why: string): UserError {
  return new UserError(`${parsed.file}:${String(line)} makes no single stage: ${why}.`);
}

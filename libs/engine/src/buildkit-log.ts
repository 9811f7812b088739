import type { FailedStep } from './build-failure.ts';

const SHOWN_WITHOUT_STEP = 20;

/**
 * Finds the failing step in the output of `docker buildx build --progress plain`. Steps run side by side: each line carries the number of its own.
 *
 * @param lines stdout and stderr in the order of arrival
 */
export function parseBuildkitFailure(lines: readonly string[]): FailedStep {
  const failed = lines
    .map((line) => /^#(\d+) ERROR: (.*)$/.exec(line))
    .find((match) => match !== null && !/context canceled/.test(match[2] ?? ''));
  const cause = lines.findLast((line) => line.startsWith('ERROR: '));
  const line = /^\S.*:(\d+)$/.exec(lines.find((_, index) => /^-{10,}$/.test(lines[index + 1] ?? '')) ?? '')?.[1];
  const common = {
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(cause === undefined ? {} : { cause: cause.replace(/^ERROR: (failed to solve: )?/, 'Error: ') }),
  };
  if (failed?.[1] === undefined)
    return { ...common, output: lines.filter((text) => text !== cause).slice(-SHOWN_WITHOUT_STEP) };
  const prefix = `#${failed[1]} `;
  const own = lines.filter((text) => text.startsWith(prefix)).map((text) => text.slice(prefix.length));
  const name = own.find((text) => text.startsWith('['));
  return {
    ...common,
    step: name ?? failed[0],
    output: own.flatMap((text) => /^\d+\.\d+ (.*)$/.exec(text)?.[1] ?? []),
  };
}

/** Whether the engine says that it can't write OCI layouts. */
export function saysNoOciExport(text: string): boolean {
  return /OCI exporter is not supported for the docker driver|exporter "oci" could not be found/i.test(text);
}

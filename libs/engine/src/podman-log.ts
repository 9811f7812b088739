import type { FailedStep } from './build-failure.ts';

const STEP = /^(?:\[\d+\/\d+\] )?STEP \d+\/\d+: /;
const ERROR = /^Error: (?:building at STEP ".*?": )?/;

/**
 * Finds the failing step in the output of `podman build`: the last `STEP n/m:` and what follows it.
 *
 * @param lines stdout and stderr in the order of arrival
 */
export function parsePodmanFailure(lines: readonly string[]): FailedStep {
  const start = lines.findLastIndex((line) => STEP.test(line));
  const step = lines[start];
  const rest = lines.slice(start + 1);
  const error = rest.findLast((line) => ERROR.test(line));
  const output = rest.filter((line) => !ERROR.test(line));
  return {
    ...(step === undefined ? {} : { step }),
    output,
    ...(error === undefined ? {} : { cause: error.replace(ERROR, 'Error: ') }),
  };
}

/** A step of a build, as an engine's log announces it. */
export interface BuildStep {
  /** Which of how many of its stage, such as `3/7`. */
  readonly position: string;
  /** The instruction on one line and without its mounts, such as `RUN make`. */
  readonly instruction: string;
}

// [1/2] STEP 3/7: RUN make
const PODMAN = /^(?:\[\d+\/\d+\] )?STEP (\d+\/\d+): (.+)$/;
// #7 [compile 2/5] RUN make
const BUILDKIT = /^#\d+ \[(?:\S+ )?(\d+\/\d+)\] (.+)$/;
// The others only set something in the configuration, and take no time.
const INSTRUCTION = /^(ADD|COPY|FROM|RUN)\b/i;

/**
 * Reads a line of an engine's log.
 *
 * @param line of `podman build`, or of `docker buildx build --progress plain`
 * @returns the step that begins with it; undefined for any other line, and for a step that does no work
 */
export function parseBuildStep(line: string): BuildStep | undefined {
  const match = PODMAN.exec(line) ?? BUILDKIT.exec(line);
  const [position, text] = match?.slice(1) ?? [];
  if (position === undefined || text === undefined || !INSTRUCTION.test(text)) return undefined;
  return {
    position,
    instruction: text
      .trim()
      .replaceAll(/\s+/g, ' ')
      .replace(/^RUN (--mount=\S+ )+/i, 'RUN '),
  };
}

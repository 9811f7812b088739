import { stripVTControlCharacters } from 'node:util';
import { parseBuildStep } from '@dockyard/engine';

const QUIET_MS = 30_000;
const SHOWN = 110;
const BEGINNING = 30;
// An engine's last word of a step, while it writes what came of it.
const ID = /^(?:--> )?[\da-f]{11,64}$/;

/** What a person sees of a task while it runs. */
export interface TaskLog {
  /** Takes a line of our own. */
  readonly line: (text: string) => void;
  /** Takes a line of an engine's log. */
  readonly output: (line: string) => void;
  /** Says what a step is at that has begun nothing new for long. Called every so often. */
  readonly tick: () => void;
}

/**
 * Makes the log of a task: its own lines, and of an engine's log the steps alone, each with the time since the task began. An engine's whole log is
 * in its file.
 *
 * @param o.target of the task, such as `compile:amd64`; tasks of one project run side by side
 * @param o.verbose everything as it comes
 * @param o.write takes a line
 * @param o.now milliseconds
 */
export function taskLog(o: {
  readonly target: string;
  readonly verbose: boolean;
  readonly write: (line: string) => void;
  readonly now: () => number;
}): TaskLog {
  if (o.verbose) return { line: o.write, output: o.write, tick: () => undefined };
  const begun = o.now();
  let spoken = begun;
  let last: string | undefined;
  const say = (text: string): void => {
    spoken = o.now();
    o.write(`${o.target} [${elapsed(spoken - begun)}] ${text}`);
  };
  return {
    line: say,
    output: (raw) => {
      // Makefiles colour what they print whether or not anybody looks.
      const line = stripVTControlCharacters(raw);
      const step = parseBuildStep(line);
      if (step !== undefined) {
        last = undefined;
        say(cut(`${step.position} ${step.instruction}`));
      } else if (line.trim() !== '') last = ID.test(line) ? 'writing the result' : line.trim();
    },
    tick: () => {
      if (last !== undefined && o.now() - spoken >= QUIET_MS) say(`… ${ends(last)}`);
    },
  };
}

/** Time for a column: `0:07`, `12:40`, `1:02:03`. */
function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0
    ? `${String(hours)}:${two(minutes)}:${two(seconds % 60)}`
    : `${String(minutes)}:${two(seconds % 60)}`;
}

function cut(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1).trimEnd()}…`;
}

/** Both ends of a line: a compiler's command begins with its name, and ends with the file. */
function ends(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, BEGINNING).trimEnd()} … ${text.slice(BEGINNING - SHOWN)}`;
}

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Command, type CommandResult, exec } from '@dockyard/exec';

/** One measured run of a command. */
export interface Sample {
  readonly seconds: number;
  /** The most memory that one process of the run held at once, in bytes; undefined where the system doesn't tell (not Linux). */
  readonly peakRss: number | undefined;
  readonly result: CommandResult;
}

/** Something to measure. */
export interface Alternative {
  readonly name: string;
  /** Runs before each sample and isn't measured. */
  readonly prepare?: () => Promise<void>;
  readonly command: Command & { readonly cwd: string };
}

/**
 * Measures alternatives in turn (A, B, A, B …), so that a machine that gets slower meanwhile does so for all of them.
 *
 * @param alternatives what to measure
 * @param o.samples of each
 * @param o.warm whether each is run once before, unmeasured
 * @returns samples by name of the alternative
 * @throws {CommandError} one failed, or the signal ended it
 */
export async function interleave(
  alternatives: readonly Alternative[],
  o: { samples: number; warm: boolean; signal: AbortSignal },
): Promise<Map<string, Sample[]>> {
  const samples = new Map(alternatives.map(({ name }): [string, Sample[]] => [name, []]));
  if (o.warm) for (const { command } of alternatives) await exec(command, { signal: o.signal });
  for (let turn = 0; turn < o.samples; turn++) {
    for (const { name, prepare, command } of alternatives) {
      await prepare?.();
      samples.get(name)?.push(await measure(command, o.signal));
    }
  }
  return samples;
}

/**
 * Runs and measures one command.
 *
 * @param command its working directory tells which processes are its own
 */
export async function measure(command: Command & { readonly cwd: string }, signal: AbortSignal): Promise<Sample> {
  const memory = watchMemory(command.cwd);
  const started = performance.now();
  try {
    const result = await exec(command, { signal });
    return { seconds: (performance.now() - started) / 1000, peakRss: memory.peak(), result };
  } finally {
    memory.end();
  }
}

/** Follows the processes whose working directory lies in a folder. The kernel keeps each one's peak, so looking now and then is enough. */
function watchMemory(folder: string): { peak(): number | undefined; end(): void } {
  if (process.platform !== 'linux') return { peak: () => undefined, end: () => undefined };
  let peak: number | undefined;
  const look = (): void => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) continue;
        const kilobytes = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        peak = Math.max(peak ?? 0, Number(kilobytes ?? 0) * 1024);
      } catch {
        // It ended meanwhile, or is another user's.
      }
    }
  };
  const timer = setInterval(look, 100);
  return {
    peak: () => peak,
    end: () => {
      clearInterval(timer);
    },
  };
}

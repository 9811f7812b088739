import { readdirSync, readFileSync } from 'node:fs';

/** A process of this machine. */
export interface Process {
  readonly pid: number;
  /** Id of its process group: what a terminal's Ctrl-C goes to. */
  readonly group: number;
  readonly args: readonly string[];
}

/** Lists the processes whose command line names a path. */
export function processesOf(path: string): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
        // Behind the name, which may hold anything: state, parent, group (proc_pid_stat(5)).
        const group = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')[2];
        return args.some((arg) => arg.includes(path)) ? [{ pid: Number(name), group: Number(group), args }] : [];
      } catch {
        return []; // It has ended meanwhile.
      }
    });
}

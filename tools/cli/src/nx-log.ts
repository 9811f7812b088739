const ESCAPE = String.fromCharCode(27);
const COLOURS = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');
const STARTED = /^> nx run \S+$/;
const RESTORED = /^\S+ {2}nx run (\S+) {2}\[(.+)\]$/;
const ANNOUNCEMENT = /^NX {3}Running targets? /;
const REPORT = /^NX {3}(?:Successfully ran targets? |Running targets? .*(?:failed|did not complete)$)/;

/** What of Nx's output a person sees. */
export interface NxLog {
  /**
   * @param line of Nx
   * @returns what to print in its place
   */
  readonly line: (line: string) => string[];
  /** Nx's report at the end of a run, which `line` keeps back. */
  readonly report: () => string[];
}

/**
 * Makes of Nx's streamed output what a person reads: what tasks print, and a line for each that comes out of a cache. The announcement at the beginning
 * and the report at the end are kept back; whatever isn't known goes through as it is, such as what Nx says of a graph that is wrong.
 */
export function nxLog(): NxLog {
  let state: 'before' | 'announced' | 'running' | 'over' = 'before';
  const report: string[] = [];
  return {
    line: (line) => {
      const plain = line.replace(COLOURS, '').trim();
      if (REPORT.test(plain)) state = 'over';
      if (state === 'over') {
        report.push(line);
        return [];
      }
      if (state === 'before' && ANNOUNCEMENT.test(plain)) {
        state = 'announced';
        return [];
      }
      if (STARTED.test(plain)) {
        state = 'running';
        return [];
      }
      const [, id, from] = RESTORED.exec(plain) ?? [];
      if (id !== undefined && from !== undefined) {
        state = 'running';
        return [restored(id.replaceAll('"', ''), from)];
      }
      if (state === 'before') return [line];
      return plain === '' || (state === 'announced' && plain.startsWith('-')) ? [] : [line];
    },
    report: () => report,
  };
}

function restored(id: string, from: string): string {
  const [project = id, ...target] = id.split(':');
  return `${project}: ${target.join(':')} ${from === 'remote cache' ? 'from the shared cache' : 'from the cache'}`;
}

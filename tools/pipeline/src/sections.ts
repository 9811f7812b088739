const TASK = /^> nx run (\S+)/;
const ESCAPE = String.fromCharCode(27);
// Nx colours its headers.
const COLOURS = new RegExp(`${ESCAPE}\\[[\\d;]*m`, 'g');

/**
 * Turns the output of Nx into collapsed sections of a GitLab job log, one a task.
 *
 * @param now seconds since 1970
 * @returns for each line the lines to print in its place; `end` gives those that close the last section
 * @see https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
 */
export function gitlabSections(now: () => number): { line: (line: string) => string[]; end: () => string[] } {
  let open: string | undefined;
  let count = 0;
  const mark = (kind: 'start' | 'end', name: string): string =>
    `${ESCAPE}[0Ksection_${kind}:${String(Math.floor(now()))}:${name}\r${ESCAPE}[0K`;
  const end = (): string[] => {
    const closing = open === undefined ? [] : [mark('end', open)];
    open = undefined;
    return closing;
  };
  return {
    line: (line) => {
      const plain = line.replace(COLOURS, '').trim();
      const task = TASK.exec(plain)?.[1]?.replaceAll('"', '');
      // Nx's own summary is to be seen.
      if (task === undefined) return plain.startsWith('NX ') ? [...end(), line] : [line];
      count += 1;
      const closing = end();
      open = `task_${String(count)}`;
      return [...closing, `${mark('start', `${open}[collapsed=true]`)}${task}`];
    },
    end,
  };
}

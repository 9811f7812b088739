import { describe, expect, it } from 'vitest';
import { nxLog } from './nx-log.ts';

/** As Nx 24.0.6 prints it, streaming, with NX_PREFIX_OUTPUT and no output style. */
const FAILED = `
 NX   Running targets image, test:amd64, lint:amd64 for project hello and 4 tasks it depends on:

- hello


✔  nx run debian:"image:amd64"  [local cache]
✔  nx run toolchain:"image:amd64"  [remote cache]
✔  nx run cc:"image:amd64"  [existing outputs match the cache, left as is]

> nx run hello:"compile:amd64"

hello: compile:amd64 [0:00] hello for linux/amd64: this machine (linux/amd64, podman 4.3.1)
hello: images/hello/compile.Dockerfile: the build failed at STEP 4/4: RUN make
hello: → The whole log: dist/images/hello/amd64/artifacts.log



 NX   Running targets image, test:amd64, lint:amd64 for project hello and 4 tasks it depends on failed

Failed tasks:

- hello:compile:amd64

 NX   Nx detected a flaky task
`;

const COLOURED = `[2m> [22m[2mnx run[22m hello:image

[1m[34mhello:[39m[22m image [0:00] index sha256:fb9b7bfec5c4 (linux/amd64)

[7m[1m[32m NX [39m[22m[27m  [32mSuccessfully ran targets [1mimage[22m for project hello[39m

  Run duration:      1m 11s`
  .replaceAll('[', `${String.fromCharCode(27)}[`)
  .replace(`${String.fromCharCode(27)}[0:00]`, '[0:00]');

const MISTAKE = `
 NX   Failed to process project graph.

images/typo/image.yaml:8:1: unknown field "tagz"
`;

function shown(text: string): { lines: string[]; report: string[] } {
  const log = nxLog();
  const lines = text.split('\n').flatMap((line) => log.line(line));
  return { lines, report: log.report() };
}

describe('nxLog', () => {
  it('has what tasks print, a line for each that was restored, and no report', () => {
    const { lines, report } = shown(FAILED);
    expect(lines).toEqual([
      '',
      'debian: image:amd64 from the cache',
      'toolchain: image:amd64 from the shared cache',
      'cc: image:amd64 from the cache',
      'hello: compile:amd64 [0:00] hello for linux/amd64: this machine (linux/amd64, podman 4.3.1)',
      'hello: images/hello/compile.Dockerfile: the build failed at STEP 4/4: RUN make',
      'hello: → The whole log: dist/images/hello/amd64/artifacts.log',
    ]);
    expect(report.join('\n')).toContain('- hello:compile:amd64\n\n NX   Nx detected a flaky task');
  });

  it('reads coloured output', () => {
    const { lines, report } = shown(COLOURED);
    expect(lines).toEqual([expect.stringContaining('[0:00] index sha256:fb9b7bfec5c4')]);
    expect(report.join('\n')).toContain('Run duration');
  });

  it('leaves what is no run of tasks as it is', () => {
    expect(shown(MISTAKE)).toEqual({ lines: MISTAKE.split('\n'), report: [] });
  });
});

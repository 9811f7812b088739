import { CommandError } from '@dockyard/exec';
import { describe, expect, it } from 'vitest';
import { buildFailure } from './build-failure.ts';
import { parseLoaded } from './buildkit.ts';
import { parseBuildkitFailure, saysNoOciExport } from './buildkit-log.ts';
import { parsePodmanFailure } from './podman-log.ts';

// All of it was printed by the real engines (Podman 4.3.1, Docker 26.1 with buildx 0.13).

describe('parsePodmanFailure', () => {
  it('finds the last step and its output', () => {
    const lines = `[1/2] STEP 1/2: FROM dockyard/busybox:1 AS a
[1/2] STEP 2/2: RUN echo hi; echo bad >&2; exit 3
hi
bad
Error: building at STEP "RUN echo hi; echo bad >&2; exit 3": while running runtime: exit status 3`.split('\n');
    expect(parsePodmanFailure(lines)).toEqual({
      step: '[1/2] STEP 2/2: RUN echo hi; echo bad >&2; exit 3',
      output: ['hi', 'bad'],
      cause: 'Error: while running runtime: exit status 3',
    });
  });

  it('takes an image that no context names', () => {
    const lines = [
      'STEP 1/2: FROM dockyard/other:1',
      'Error: creating build container: dockyard/other:1: image not known',
    ];
    expect(parsePodmanFailure(lines)).toEqual({
      step: 'STEP 1/2: FROM dockyard/other:1',
      output: [],
      cause: 'Error: creating build container: dockyard/other:1: image not known',
    });
  });

  it('takes a failure before the first step', () => {
    expect(parsePodmanFailure(['Error: the specified runroot is longer than 50 characters'])).toEqual({
      output: [],
      cause: 'Error: the specified runroot is longer than 50 characters',
    });
  });
});

describe('parseBuildkitFailure', () => {
  const run = `#4 [context dockyard/busybox:1] OCI load from client
#4 DONE 0.5s

#5 [stage-1 1/5] COPY --from=dockyard/busybox:1 /bin/sh /bin/sh2
#5 DONE 0.1s

#6 [a 1/2] RUN echo hi > /a.txt
#6 0.301 some output
#7 [b 1/2] RUN sleep 9
#7 0.310 of another step
#6 0.368 runc run failed: unable to start container process
#6 ERROR: process "/bin/sh -c echo hi > /a.txt" did not complete successfully: exit code: 1

#7 CANCELED
------
 > [a 1/2] RUN echo hi > /a.txt:
0.368 runc run failed: unable to start container process
------
Dockerfile:2
--------------------
   1 |     FROM dockyard/busybox:1 AS a
   2 | >>> RUN echo hi > /a.txt
--------------------
ERROR: failed to solve: process "/bin/sh -c echo hi > /a.txt" did not complete successfully: exit code: 1`.split('\n');

  it('finds the step, its own output and the line', () => {
    expect(parseBuildkitFailure(run)).toEqual({
      step: '[a 1/2] RUN echo hi > /a.txt',
      line: 2,
      output: ['some output', 'runc run failed: unable to start container process'],
      cause: 'Error: process "/bin/sh -c echo hi > /a.txt" did not complete successfully: exit code: 1',
    });
  });

  it('shows the end of the output when no step failed', () => {
    const lines = [
      '#1 [internal] load build definition',
      'ERROR: failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF',
    ];
    expect(parseBuildkitFailure(lines)).toEqual({
      output: ['#1 [internal] load build definition'],
      cause: 'Error: failed to receive status: rpc error: code = Unavailable desc = error reading from server: EOF',
    });
  });

  it('recognises an engine that can not export', () => {
    expect(saysNoOciExport('ERROR: OCI exporter is not supported for the docker driver.')).toBe(true);
    expect(saysNoOciExport(run.join('\n'))).toBe(false);
  });
});

describe('buildFailure', () => {
  const command = { command: 'podman', args: ['build'] };
  const request = { dockerfile: '/w/Dockerfile', logFile: '/w/build.log' };

  it('shows the last 20 lines of the step and the log', () => {
    const output = Array.from({ length: 25 }, (_, index) => `line ${index + 1}`);
    const error = buildFailure(
      new CommandError(command, { exitCode: 1 }),
      { step: 'RUN x', line: 7, output, cause: 'Error: no' },
      request,
    );
    expect(error.message.split('\n')).toEqual([
      '/w/Dockerfile:7: the build failed at RUN x',
      ...output.slice(5).map((line) => `    ${line}`),
      'Error: no',
    ]);
    expect(error.hint).toBe('The whole log: /w/build.log');
  });

  it('names a signal and a full disk', () => {
    const error = buildFailure(
      new CommandError(command, { signal: 'SIGKILL' }),
      { output: ['write /x: no space left on device'] },
      request,
    );
    expect(error.message).toMatch(/podman was ended by SIGKILL/);
    expect(error.hint).toMatch(/^The disk is full/);
  });
});

describe('parseLoaded', () => {
  it.each([
    ['Loaded image ID: sha256:ab', 'sha256:ab'],
    ['Loaded image: redis:8\nLoaded image: redis:latest', 'redis:latest'],
    ['', undefined],
  ])('reads %j', (output, name) => {
    expect(parseLoaded(output)).toBe(name);
  });
});

import { describe, expect, it } from 'vitest';
import { taskLog } from './task-log.ts';

function started(verbose = false) {
  const written: string[] = [];
  const clock = { ms: 1_000_000 };
  const log = taskLog({
    target: 'compile:amd64',
    verbose,
    write: (line) => written.push(line),
    now: () => clock.ms,
  });
  return { log, written, wait: (seconds: number) => (clock.ms += seconds * 1000) };
}

describe('the log of a task', () => {
  it("has our lines and the engine's steps, with the time since the task began", () => {
    const { log, written, wait } = started();
    log.line('this machine (linux/amd64, podman 4.3.1)');
    wait(7);
    log.output('[1/2] STEP 2/3: RUN   ./configure');
    log.output('checking for gcc... gcc');
    log.output('[Warning] one or more build args were not consumed: [TARGETARCH]');
    wait(3700);
    log.output('[1/2] STEP 3/3: RUN make');
    expect(written).toEqual([
      'compile:amd64 [0:00] this machine (linux/amd64, podman 4.3.1)',
      'compile:amd64 [0:07] 2/3 RUN ./configure',
      'compile:amd64 [1:01:47] 3/3 RUN make',
    ]);
  });

  it('cuts a step that is a long line', () => {
    const { log, written } = started();
    log.output(`STEP 1/1: RUN ${'x'.repeat(300)}`);
    expect(written[0]).toHaveLength('compile:amd64 [0:00] '.length + 110);
    expect(written[0]).toMatch(/x…$/);
  });

  it('says what a long step is at, and says it once', () => {
    const { log, written, wait } = started();
    log.output('STEP 1/1: RUN make');
    log.tick();
    wait(31);
    log.tick();
    log.output('\u001b[34;1mCC\u001b[0m server.o');
    log.output('');
    log.tick();
    log.tick();
    wait(31);
    log.output('--> 7efca512d5d');
    log.tick();
    expect(written).toEqual([
      'compile:amd64 [0:00] 1/1 RUN make',
      'compile:amd64 [0:31] … CC server.o',
      'compile:amd64 [1:02] … writing the result',
    ]);
  });

  it('shows both ends of a long line', () => {
    const { log, written, wait } = started();
    wait(31);
    log.output(`gcc -std=gnu11 -Wall ${'-D_X '.repeat(100)}-o server.o server.c`);
    log.tick();
    expect(written).toEqual([
      expect.stringMatching(/^compile:amd64 \[0:31\] … gcc -std=gnu11 -Wall -D_X -D_X … .*-o server\.o server\.c$/),
    ]);
    expect(written[0]?.length).toBeLessThan(140);
  });

  it('is everything, as it comes, where that is asked for', () => {
    const { log, written } = started(true);
    log.line('ours');
    log.output('CC server.o');
    log.tick();
    expect(written).toEqual(['ours', 'CC server.o']);
  });
});

import { describe, expect, it } from 'vitest';
import { CommandError } from './command-error.ts';
import { recordedExec } from './recorded.ts';

const ps = { command: 'podman', args: ['ps'] };

describe('recordedExec', () => {
  it('answers in order, repeats the last one and remembers the calls', async () => {
    const run = recordedExec([
      { match: 'podman ps', result: { stdout: '1' } },
      { match: /^podman/, result: { stdout: '2' } },
    ]);
    expect([(await run(ps)).stdout, (await run(ps)).stdout, (await run(ps)).stdout]).toEqual(['1', '2', '2']);
    expect(run.calls).toEqual([ps, ps, ps]);
  });

  it('fails like the real one', async () => {
    const run = recordedExec([{ match: 'ps', result: { stderr: 'no', exitCode: 125 } }]);
    await expect(run(ps)).rejects.toThrow(CommandError);
    expect((await run(ps, { reject: false })).exitCode).toBe(125);
    await expect(recordedExec([{ match: 'ps', result: new TypeError('x') }])(ps)).rejects.toThrow(TypeError);
  });

  it('streams the recorded lines', async () => {
    const lines: string[] = [];
    await recordedExec([{ match: 'ps', result: { stdout: 'a\nb', stderr: 'c' } }])(ps, {
      onLine: (line, stream) => lines.push(stream + line),
    });
    expect(lines).toEqual(['stdouta', 'stdoutb', 'stderrc']);
  });

  it('names a command it has no recording for', async () => {
    await expect(recordedExec([])(ps)).rejects.toThrow('No recording for: podman ps');
  });
});

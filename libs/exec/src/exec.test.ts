import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandError } from './command-error.ts';
import { exec } from './exec.ts';
import { UserError } from './user-error.ts';

const shell = (script: string) => ({ command: 'sh', args: ['-c', script] });

async function failure(promise: Promise<unknown>): Promise<CommandError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandError)) throw new Error(`expected a CommandError, got ${String(error)}`);
  return error;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'exec-test-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('output', () => {
  it('returns both streams without their last newline', async () => {
    expect(await exec(shell('echo out; echo err >&2'))).toEqual({ stdout: 'out', stderr: 'err', exitCode: 0 });
  });

  it('streams lines, also one without a line end and characters cut in two', async () => {
    const lines: string[] = [];
    await exec(shell(`printf 'a\\r\\nb\\303'; sleep 0.05; printf '\\274c'; echo e >&2`), {
      onLine: (line, stream) => lines.push(`${stream}:${line}`),
    });
    expect(lines.sort()).toEqual(['stderr:e', 'stdout:a', 'stdout:bü' + 'c']);
  });

  it('appends everything to the log', async () => {
    const logFile = join(dir, 'log');
    await exec(shell('echo one'), { logFile });
    await exec(shell('echo two >&2; exit 1'), { logFile, reject: false });
    expect(await readFile(logFile, 'utf8')).toBe('one\ntwo\n');
  });

  it('says so when the log has no room', async () => {
    const promise = exec(shell('echo x; sleep 60'), { logFile: '/dev/full', killAfterMs: 100 });
    await expect(promise).rejects.toThrow(UserError);
    await expect(promise).rejects.toThrow(/log can't be written.*ENOSPC/);
  });

  it('hides secrets in lines, log, result and error', async () => {
    const logFile = join(dir, 'log');
    const lines: string[] = [];
    const error = await failure(
      exec(shell('echo the hunter2 key; echo BEGIN; exit 3'), {
        redact: ['hunter2', 'hunter', 'BEGIN\nEND'],
        logFile,
        onLine: (line) => lines.push(line),
      }),
    );
    expect(lines).toEqual(['the *** key', '***']);
    expect(await readFile(logFile, 'utf8')).toBe('the *** key\n***\n');
    expect(error.stdout).toBe('the *** key\n***');
    expect(error.message).not.toContain('hunter');
  });
});

describe('input', () => {
  it('has an empty stdin by default', async () => {
    expect((await exec({ command: 'cat', args: [] })).stdout).toBe('');
  });

  it.each([
    ['text', 'hello'],
    ['bytes', new TextEncoder().encode('hello')],
    ['a stream', Readable.from(['hel', 'lo'])],
  ])('takes %s', async (_name, input) => {
    expect((await exec({ command: 'cat', args: [], input })).stdout).toBe('hello');
  });

  it('does not mind a process that reads nothing of it', async () => {
    expect((await exec({ command: 'true', args: [], input: 'x'.repeat(1_000_000) })).exitCode).toBe(0);
  });

  it('fails when its input breaks off', async () => {
    const broken = Readable.from(
      (function* () {
        yield 'some';
        throw new Error('blob is corrupted');
      })(),
    );
    const error = await failure(exec({ command: 'cat', args: [], input: broken }, { reject: false }));
    expect(error.message).toMatch(/blob is corrupted/);
    expect(error.cause).toMatchObject({ message: 'blob is corrupted' });
  });

  it('adds and removes environment variables', async () => {
    const env = { ADDED: 'yes', HOME: undefined };
    expect((await exec({ ...shell('echo "$ADDED ${HOME-none} ${PATH:+path}"'), env })).stdout).toBe('yes none path');
  });

  it('runs in cwd', async () => {
    expect((await exec({ command: 'pwd', args: [], cwd: '/' })).stdout).toBe('/');
  });
});

describe('failure', () => {
  it('throws with command, exit code and what was said', async () => {
    const error = await failure(exec(shell('echo went wrong >&2; exit 7')));
    expect(error).toMatchObject({ exitCode: 7, stderr: 'went wrong', notFound: false, aborted: false });
    expect(error.message).toBe("The command ended with exit code 7: sh -c 'echo went wrong >&2; exit 7'\nwent wrong");
  });

  it('returns the exit code when asked not to throw, 128 + n for a signal', async () => {
    expect((await exec(shell('exit 7'), { reject: false })).exitCode).toBe(7);
    expect((await exec(shell('kill -9 $$'), { reject: false })).exitCode).toBe(137);
  });

  it('names the signal that ended it', async () => {
    expect(await failure(exec(shell('kill -9 $$')))).toMatchObject({ signal: 'SIGKILL', exitCode: undefined });
  });

  it('knows a missing program, even with reject: false', async () => {
    const error = await failure(exec({ command: 'dockyard-no-such-program', args: [] }, { reject: false }));
    expect(error.notFound).toBe(true);
    expect(error.message).toMatch(/no program dockyard-no-such-program/);
  });

  it('does not take a missing working directory for a missing program', async () => {
    const error = await failure(exec({ command: 'true', args: [], cwd: join(dir, 'absent') }));
    expect(error.notFound).toBe(false);
    expect(error.message).toMatch(/no such directory: .*absent/);
  });
});

describe('ending', () => {
  it('ends the whole group on abort, with SIGTERM first', async () => {
    const abort = new AbortController();
    const pids: number[] = [];
    const promise = exec(shell(`trap 'echo bye; exit 0' TERM; sleep 60 & echo $!; wait`), {
      signal: abort.signal,
      onLine: (line) => {
        if (line === 'bye') return;
        pids.push(Number(line));
        abort.abort();
      },
    });
    const error = await failure(promise);
    expect(error).toMatchObject({ aborted: true });
    expect(error.stdout).toContain('bye');
    await until(() => !runs(pids[0] ?? 0));
  });

  it('kills a descendant that ignores SIGTERM and holds no pipe', async () => {
    const abort = new AbortController();
    const pids: number[] = [];
    const stubborn = `sh -c 'trap "" TERM; while :; do sleep 0.05; done' >/dev/null 2>&1 &`;
    await failure(
      exec(shell(`${stubborn} sleep 0.2; echo $!; wait`), {
        signal: abort.signal,
        killAfterMs: 200,
        onLine: (line) => {
          pids.push(Number(line));
          abort.abort();
        },
      }),
    );
    expect(pids).toHaveLength(1);
    await until(() => !runs(pids[0] ?? 0));
  });

  it('starts nothing when already aborted', async () => {
    const mark = join(dir, 'mark');
    const error = await failure(exec({ command: 'touch', args: [mark] }, { signal: AbortSignal.abort() }));
    expect(error.aborted).toBe(true);
    expect(existsSync(mark)).toBe(false);
  });

  it('ends it after timeoutMs', async () => {
    expect(await failure(exec({ command: 'sleep', args: ['60'] }, { timeoutMs: 50 }))).toMatchObject({
      timedOut: true,
    });
  });

  it('ends the group when we are ended', async () => {
    const pidFile = join(dir, 'pid');
    const script = `import { exec } from ${JSON.stringify(new URL('exec.ts', import.meta.url).href)};
      await exec({ command: 'sh', args: ['-c', 'sleep 60 & echo $! > ${pidFile}; wait'] });`;
    const us = execa(process.execPath, ['--input-type=module', '-e', script], { reject: false });
    let pid = 0;
    await until(async () => (pid = Number(await readFile(pidFile, 'utf8').catch(() => '0'))) > 0);
    us.kill('SIGINT');
    await us;
    await until(() => !runs(pid));
  }, 30_000);
});

import { describe, expect, it } from 'vitest';
import { formatCommand } from './command.ts';
import { exec } from './exec.ts';

describe('formatCommand', () => {
  it('quotes only what needs it', () => {
    expect(formatCommand({ command: 'podman', args: ['build', '--arg=a b', "it's", '', './x:1@y'] })).toBe(
      `podman build '--arg=a b' 'it'\\''s' '' ./x:1@y`,
    );
  });

  it('shows directory and environment', () => {
    expect(formatCommand({ command: 'a', args: [], cwd: '/my dir', env: { X: '1 2', HOME: undefined } })).toBe(
      `cd '/my dir' && env -u HOME X='1 2' a`,
    );
  });

  it('is read by a shell as the same words', async () => {
    const args = ['%s\\n', 'a b', "q'q", '$HOME', '`x`', 'new\nline', '*'];
    const line = formatCommand({ command: 'printf', args });
    expect((await exec({ command: 'sh', args: ['-c', line] })).stdout).toBe(
      (await exec({ command: 'printf', args })).stdout,
    );
  });
});
